"""``acecoder up``: one ready line, one Ctrl-C, nothing left behind, however it ends."""

import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx2
import psutil
import pytest

from tests.conftest import BASE_ONLY, batch, wait_until

UP = [
    sys.executable,
    "-c",
    "from services.executor.commands import app; app()",
    "up",
    "--workers",
    "1",
    "--port",
    "0",
]


@pytest.fixture
def folder():
    """A short name: pytest's own are longer than a socket's path may be."""
    with tempfile.TemporaryDirectory(prefix="up-") as name:
        Path(name).chmod(0o755)  # a jail's own user must be able to walk through
        yield name


@pytest.fixture
def up(folder):
    """A running ``acecoder up``, its address and everything it started."""
    process = subprocess.Popen(
        UP,
        env={**os.environ, **BASE_ONLY, "TMPDIR": folder},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    said = []
    for line in process.stderr:
        said.append(line)
        if line.startswith("ready:"):
            break
    assert said[-1].startswith("ready:"), said
    family = psutil.Process(process.pid).children(recursive=True)
    yield process, re.search(r"http://\S+", line)[0], family
    if process.poll() is None:
        process.kill()
    process.wait()
    process.stderr.close()


def test_told_to_stop_it_leaves_nothing(up, folder):
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


def test_killed_it_takes_everything_along(up):
    process, _, family = up
    process.kill()
    process.wait()
    wait_until(
        lambda: not [one for one in family if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
    )


def test_a_killed_worker_takes_its_jail_along(up):
    process, _, family = up
    (worker,) = [one for one in family if "services.executor.worker" in one.cmdline()]
    jail = worker.children(recursive=True)
    assert jail
    worker.kill()
    wait_until(lambda: not [one for one in jail if one.is_running() and one.status() != psutil.STATUS_ZOMBIE])
    process.terminate()
    assert process.wait(timeout=30) == 0
