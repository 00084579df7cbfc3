"""``acecoder up``: one ready line, one Ctrl-C, nothing left behind, however it ends. A script has it in its background."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import psutil
import pytest

from tests.conftest import BASE_ONLY, batch, wait_until
from tests.support.background import IN_BACKGROUND

UP = [
    *IN_BACKGROUND,
    sys.executable,
    "-c",
    "from clients.cli.entry import main; main()",
    "up",
    "--workers",
    "1",
    "--port",
    "0",
]


@pytest.fixture
def folder():
    """A directory with a short name: pytest's are longer than the path of a socket may be."""
    with tempfile.TemporaryDirectory(prefix="up-") as name:
        Path(name).chmod(0o755)  # a jail's own user must be able to walk through
        yield name


def start(folder, *more):
    return subprocess.Popen(
        [*UP, *more],
        # A status goes before the first blank: the last test reads one of a request that waits, however long.
        env={**os.environ, **BASE_ONLY, "TMPDIR": folder, "EXECUTOR_MAX_SILENCE_S": "600"},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.fixture
def up(folder):
    """A running ``acecoder up``, its address and the processes that it started."""
    process = start(folder)
    lines = []
    for line in process.stderr:
        lines.append(line)
        if line.startswith("ready:"):
            break
    assert lines[-1].startswith("ready:"), lines
    family = psutil.Process(process.pid).children(recursive=True)
    yield process, re.search(r"http://\S+", line)[0], family
    if process.poll() is None:
        process.kill()
    process.wait()
    process.stderr.close()


def test_stopped_it_leaves_nothing(up, folder):
    process, url, family = up
    request = batch("def f(x): return x + 1")
    assert (
        httpx2.post(f"{url}/v1/executions", json=request, timeout=60).json()["results"][0]["pass_rate"] == 1
    )
    assert len(family) >= 4  # Redis, the API, a worker and its jail
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 0
    assert "stopped" in process.stderr.read()
    assert not [one for one in family if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
    assert not [path for path in Path(folder).iterdir() if "slots" not in path.name]


def test_killed_it_ends_with_all_its_processes(up):
    process, _, family = up
    process.kill()
    process.wait()
    wait_until(
        lambda: not [one for one in family if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
    )


def test_the_jail_of_a_killed_worker_ends(up):
    process, _, family = up
    (worker,) = [one for one in family if "services.executor.worker.worker" in one.cmdline()]
    jail = worker.children(recursive=True)
    assert jail
    worker.kill()
    wait_until(lambda: not [one for one in jail if one.is_running() and one.status() != psutil.STATUS_ZOMBIE])
    process.terminate()
    assert process.wait(timeout=30) == 0


def test_a_taken_port_is_reported_and_its_owner_is_not_treated_as_ours(folder):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = start(folder, "--port", str(port))
        _, output = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"port {port} is taken by another process; give --port another number" in output
    assert "ready" not in output


@pytest.mark.parametrize("wrong", [["--workers", "0"], ["--port", "70000"], ["--port", "-1"]])
def test_impossible_numbers_are_refused_by_name(folder, wrong):
    process = start(folder, *wrong)
    _, output = process.communicate(timeout=60)
    assert process.returncode == 2
    assert wrong[0] in output
    assert "Traceback" not in output


def test_the_end_of_its_redis_ends_it_with_a_reason(up):
    process, _, family = up
    (redis,) = [one for one in family if one.name() in ("redis-server", "valkey-server")]
    redis.kill()
    assert process.wait(timeout=60) == 1
    output = process.stderr.read()
    assert "its Redis ended with status -9" in output
    assert "Traceback" not in output


def test_stopped_under_load_it_answers_the_clients_that_wait(up):
    process, url, family = up
    busy = "import itertools\nfor _ in itertools.count(): pass\n"
    request = batch(
        *(f"{busy}# {n}\n" for n in range(400)), cache=False, limits={"cpu_s": 5, "total_cpu_s": 20}
    )
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(httpx2.post, f"{url}/v1/executions", json=request, timeout=120)
        wait_until(
            lambda: re.search(
                r"^executor_executions_running 1\.0$",
                httpx2.get(f"{url}/metrics", timeout=30).text,
                re.MULTILINE,
            )
        )
        process.send_signal(signal.SIGINT)
        answer = waiting.result(timeout=120)
    assert process.wait(timeout=60) == 0
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/stopping")
    output = process.stderr.read()
    assert "Traceback" not in output
    assert "stopped" in output
    assert not [one for one in family if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
