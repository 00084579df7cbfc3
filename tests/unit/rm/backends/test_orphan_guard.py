"""Processes that a guarded process started die with it, however it ends; others do not."""

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.conftest import wait_until

ROOT = Path(__file__).parents[4]
OWNER = """
import subprocess, sys, time
from services.rm.backends import orphan_guard
def start(code="import time; time.sleep(600)"):
    return subprocess.Popen([sys.executable, "-c", code], start_new_session=True, stdout=subprocess.PIPE)
before = start()
guard = orphan_guard.start()
child = start()
grandparent = start("import subprocess, sys, time; print(subprocess.Popen(['sleep', '600'], start_new_session=True).pid, "
                    "flush=True); time.sleep(600)")
print(before.pid, guard.pid, child.pid, grandparent.pid, int(grandparent.stdout.readline()), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def owner():
    """A guarded process, and the processes that it started: one before the guard, the guard, and three after it."""
    child = subprocess.Popen(
        [sys.executable, "-c", OWNER], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with child:
        processes = [psutil.Process(int(pid)) for pid in child.stdout.readline().split()]
        yield child, processes
        child.kill()
        for process in processes:
            if process.is_running():
                process.kill()


def is_alive(process):
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, None], ids=["killed", "terminated", "ended"])
def test_processes_die_with_the_one_that_started_them(owner, end):
    child, (before, *others) = owner
    assert all(map(is_alive, others))
    if end is None:
        child.stdin.close()
    else:
        child.send_signal(end)
    child.wait(60)
    wait_until(lambda: not any(map(is_alive, others)), timeout_s=60)
    assert is_alive(before), "it was started before the guard"
