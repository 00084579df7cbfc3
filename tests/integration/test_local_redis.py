"""The local Redis: nothing of it is left, in whatever way it ends."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest

from services.executor.local.redis import own_redis
from tests.conftest import wait_until

HOLD = "from services.executor.local.redis import own_redis\nwith own_redis() as r: print(r.folder, flush=True); input()"


@pytest.fixture
def folder(monkeypatch):
    """A temporary directory for this test; with a short name, for the socket's path."""
    with tempfile.TemporaryDirectory(prefix="lr-") as name:
        monkeypatch.setattr(tempfile, "tempdir", name)
        yield Path(name)


def start_owner(folder):
    """Starts another process that runs a Redis; returns it and the directory of its Redis."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD],
        env={**os.environ, "TMPDIR": str(folder), "PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    return process, Path(process.stdout.readline().strip())


def test_what_a_killed_owner_left_is_removed_at_the_next_start(folder):
    process, left = start_owner(folder)
    (server,) = psutil.Process(process.pid).children()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    wait_until(lambda: not server.is_running() or server.status() == psutil.STATUS_ZOMBIE)
    assert left.exists()
    with own_redis() as redis:
        assert not left.exists()
        assert redis.folder.exists()
    assert list(folder.iterdir()) == []


def test_directories_that_are_in_use_or_not_ours_are_left_alone(folder):
    process, in_use = start_owner(folder)
    foreign = folder / "acecoder-notes"
    foreign.mkdir()
    (folder / "acecoder-link").symlink_to(in_use)
    with own_redis():
        assert in_use.exists()
        assert foreign.exists()
    process.communicate("\n")
    assert not in_use.exists()


def test_only_a_server_that_was_not_stopped_has_an_exit_status(redis_server):
    assert redis_server.exit_status() is None
    os.kill(redis_server.pid, signal.SIGKILL)
    assert wait_until(lambda: redis_server.exit_status() is not None)
    assert redis_server.exit_status() == -9
    assert redis_server.last_log_line()
    redis_server.stop()
    assert redis_server.exit_status() is None
