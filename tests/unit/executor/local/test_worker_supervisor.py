"""Who is started again in a worker's place, how soon, and when nobody is any more."""

import subprocess
import sys

import pytest

from services.executor.local import worker_supervisor
from services.executor.local.worker_supervisor import Place
from tests.conftest import wait_until


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    monkeypatch.setattr(worker_supervisor, "FIRST_PAUSE_S", 0.01)


def ending_with(code):
    def start():
        return subprocess.Popen([sys.executable, "-S", "-c", code])

    return start


def looked_at(place):
    """Looks until one was found dead; returns the pid."""
    return wait_until(place.look)


def test_one_who_refuses_is_tried_a_few_times(monkeypatch):
    place = Place(ending_with("raise SystemExit(1)"))
    for _ in range(worker_supervisor.REFUSALS):
        assert not place.hopeless
        looked_at(place)
        place.process.wait()
    assert place.hopeless


def test_one_who_is_killed_is_replaced_without_end():
    place = Place(ending_with("import os; os.kill(os.getpid(), 9)"))
    dead = {looked_at(place) for _ in range(worker_supervisor.REFUSALS + 3)}
    place.process.wait()
    assert len(dead) == worker_supervisor.REFUSALS + 3
    assert not place.hopeless


def test_one_who_was_told_to_stop_did_not_refuse():
    place = Place(ending_with("pass"))
    for _ in range(worker_supervisor.REFUSALS + 1):
        looked_at(place)
    place.process.wait()
    assert not place.hopeless


def test_one_who_worked_for_long_did_not_refuse(monkeypatch):
    monkeypatch.setattr(worker_supervisor, "START_S", 0.0)
    place = Place(ending_with("raise SystemExit(1)"))
    for _ in range(worker_supervisor.REFUSALS + 1):
        looked_at(place)
    place.process.wait()
    assert not place.hopeless


def test_the_pause_grows_and_ends_growing(monkeypatch):
    monkeypatch.setattr(worker_supervisor, "FIRST_PAUSE_S", 0.5)
    place = Place(ending_with("pass"))
    place.process.wait()
    pauses = []
    for _ in range(12):
        place._count(0.0)
        pauses.append(place._pause_s())
    assert pauses[:4] == [0.0, 0.5, 1.0, 2.0]
    assert pauses[-1] == worker_supervisor.LONGEST_PAUSE_S


def test_nobody_is_replaced_while_alive():
    place = Place(ending_with("import time; time.sleep(600)"))
    first = place.process.pid
    assert place.look() is None
    assert place.process.pid == first
    place.process.kill()
    place.process.wait()


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

    place = Place(start)
    looked_at(place)
    wait_until(lambda: place.look() or len(tries) == 3)
    try:
        assert place.process.poll() is None
    finally:
        place.process.kill()
        place.process.wait()
