import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import psutil
import pytest

from loop.services import tied
from loop.services.process import (
    ServiceError,
    ServiceProcess,
    ServiceSpec,
    last_lines,
    python_command,
    start_tied,
    stop_tied,
)
from tests.conftest import wait_until

SERVER = """
import os, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(os.getpid()).encode())
HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def spec(code: str) -> ServiceSpec:
    return ServiceSpec("toy", [sys.executable, "-c", code, "{port}"], "/health")


def pid_of(service: ServiceProcess) -> int:
    with urllib.request.urlopen(service.url + "/health", timeout=2) as response:
        return int(response.read())


def pid_or_none(service: ServiceProcess) -> int | None:
    try:
        return pid_of(service)
    except OSError:
        return None


def test_a_service_runs_in_its_block_and_not_after_it(tmp_path: Path) -> None:
    with ServiceProcess(spec(SERVER), tmp_path / "toy.log") as service:
        pid = pid_of(service)
        assert psutil.pid_exists(pid)
    wait_until(lambda: not psutil.pid_exists(pid))


def test_a_service_that_cannot_start_shows_the_last_lines_of_its_log(tmp_path: Path) -> None:
    code = "print('reading settings'); raise SystemExit('no such model')"
    with (
        pytest.raises(ServiceError, match=r"(?s)toy ended with status 1 at its start.*no such model"),
        ServiceProcess(spec(code), tmp_path / "toy.log"),
    ):
        pass


def test_a_service_that_dies_is_started_again_at_the_same_address(tmp_path: Path) -> None:
    with ServiceProcess(spec(SERVER), tmp_path / "toy.log") as service:
        first = pid_of(service)
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: pid_or_none(service) not in (None, first))
        service.check_alive()
    assert "starting it again" in last_lines(tmp_path / "toy.log")


def test_a_service_that_has_ended_for_good_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ServiceProcess, "RESTARTS", 0)
    with ServiceProcess(spec(SERVER), tmp_path / "toy.log") as service:
        os.kill(pid_of(service), signal.SIGKILL)

        def has_ended() -> bool:
            try:
                service.check_alive()
            except ServiceError:
                return True
            return False

        wait_until(has_ended)


def test_what_a_command_left_in_its_group_ends_with_it(tmp_path: Path) -> None:
    code = """
import subprocess, sys
child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])
print(child.pid, flush=True)
"""
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = start_tied([sys.executable, "-c", code], output)
    wait_until(lambda: log.read_text().strip())
    process.wait()
    wait_until(lambda: not psutil.pid_exists(int(log.read_text())))
    stop_tied(process)


def test_a_command_ends_with_its_starter(tmp_path: Path) -> None:
    code = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
    process = start_tied([sys.executable, "-c", code], subprocess.PIPE)
    assert process.stdout is not None
    pid = int(process.stdout.readline())
    stop_tied(process)
    process.stdout.close()
    wait_until(lambda: not psutil.pid_exists(pid))


@pytest.mark.skipif(
    sys.platform != "linux", reason="the kernel tells a process of its parent's end on Linux alone"
)
def test_a_command_ends_with_the_process_that_it_is_tied_to() -> None:
    code = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
    process = start_tied([sys.executable, "-c", code], subprocess.PIPE)
    assert process.stdout is not None
    pid = int(process.stdout.readline())
    process.kill()
    wait_until(lambda: not psutil.pid_exists(pid))
    stop_tied(process)
    process.stdout.close()


def test_the_status_of_a_command_is_passed_on(tmp_path: Path) -> None:
    process = start_tied([sys.executable, "-c", "raise SystemExit(7)"], subprocess.DEVNULL)
    assert process.wait() == 7
    stop_tied(process)


def test_our_modules_are_found_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "clients").mkdir()
    monkeypatch.chdir(tmp_path)
    process = start_tied(python_command("loop.services.tied", "0", "true"), subprocess.DEVNULL)
    stop_tied(process)
    assert process.returncode == 0


def test_a_status_of_a_signal_is_that_of_a_shell() -> None:
    assert tied._status(-9) == 137
