"""When a worker is restarted, after which pause, and when its supervisor gives up."""

import subprocess
import sys

import pytest

from services.executor.local import worker_supervisor
from services.executor.local.worker_supervisor import WorkerSupervisor
from tests.conftest import wait_until


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    monkeypatch.setattr(worker_supervisor, "FIRST_PAUSE_S", 0.01)


def ending_with(code):
    def start():
        return subprocess.Popen([sys.executable, "-S", "-c", code])

    return start


def poll_until_dead(supervisor):
    """Polls until the worker is found dead; returns its pid."""
    return wait_until(supervisor.poll)


def test_a_worker_that_fails_to_start_is_tried_a_few_times(monkeypatch):
    supervisor = WorkerSupervisor(ending_with("raise SystemExit(1)"))
    for _ in range(worker_supervisor.MAX_FAILED_STARTS):
        assert not supervisor.gave_up
        poll_until_dead(supervisor)
        supervisor.process.wait()
    assert supervisor.gave_up


def test_a_worker_that_is_killed_is_restarted_without_end():
    supervisor = WorkerSupervisor(ending_with("import os; os.kill(os.getpid(), 9)"))
    dead = {poll_until_dead(supervisor) for _ in range(worker_supervisor.MAX_FAILED_STARTS + 3)}
    supervisor.process.wait()
    assert len(dead) == worker_supervisor.MAX_FAILED_STARTS + 3
    assert not supervisor.gave_up


def test_a_worker_that_was_stopped_did_not_fail_to_start():
    supervisor = WorkerSupervisor(ending_with("pass"))
    for _ in range(worker_supervisor.MAX_FAILED_STARTS + 1):
        poll_until_dead(supervisor)
    supervisor.process.wait()
    assert not supervisor.gave_up


def test_a_worker_that_ran_for_long_did_not_fail_to_start(monkeypatch):
    monkeypatch.setattr(worker_supervisor, "START_S", 0.0)
    supervisor = WorkerSupervisor(ending_with("raise SystemExit(1)"))
    for _ in range(worker_supervisor.MAX_FAILED_STARTS + 1):
        poll_until_dead(supervisor)
    supervisor.process.wait()
    assert not supervisor.gave_up


def test_the_pause_grows_up_to_the_longest(monkeypatch):
    monkeypatch.setattr(worker_supervisor, "FIRST_PAUSE_S", 0.5)
    supervisor = WorkerSupervisor(ending_with("pass"))
    supervisor.process.wait()
    pauses = []
    for _ in range(12):
        supervisor._record_end(0.0)
        pauses.append(supervisor._pause_s())
    assert pauses[:4] == [0.0, 0.5, 1.0, 2.0]
    assert pauses[-1] == worker_supervisor.LONGEST_PAUSE_S


def test_a_worker_that_is_alive_is_not_restarted():
    supervisor = WorkerSupervisor(ending_with("import time; time.sleep(600)"))
    first = supervisor.process.pid
    assert supervisor.poll() is None
    assert supervisor.process.pid == first
    supervisor.process.kill()
    supervisor.process.wait()


def test_where_no_process_can_be_started_it_is_tried_later(monkeypatch):
    monkeypatch.setattr(worker_supervisor, "LONGEST_PAUSE_S", 0.01)
    tries = []

    def start():
        tries.append(len(tries))
        if len(tries) == 2:
            raise BlockingIOError("no process is to be had")
        return ending_with(
            "import time; time.sleep(60)" if len(tries) == 3 else "import os; os.kill(os.getpid(), 9)"
        )()

    supervisor = WorkerSupervisor(start)
    poll_until_dead(supervisor)
    wait_until(lambda: supervisor.poll() or len(tries) == 3)
    try:
        assert supervisor.process.poll() is None
    finally:
        supervisor.process.kill()
        supervisor.process.wait()
