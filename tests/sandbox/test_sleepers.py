"""Sleepers, more than there are places to sleep in: nobody waits for them, and each has its verdict in the end."""

import threading

import pytest

from clients.contract import Limits, Suite
from services.executor.sandbox import Rules
from services.executor.sandbox.environment import BackendName, EnvironmentSpec
from services.executor.sandbox.factory import open_sandbox
from services.executor.sandbox.scheduler import session_pool
from tests.conftest import wait_until
from tests.sandbox.judging import SMALL, is_still_fair
from tests.sandbox.processes import session_supervisors

PLACES = 3
SLEEPERS = 7
SUITE = Suite(id="sleeps", asserts=["assert f(1) == 2", "assert f(1) == 3"])
RULES = Rules(Limits(**{**SMALL, "wall_s": 9999.0, "total_wall_s": 9999.0}))


@pytest.fixture
def narrow(monkeypatch):
    """A jail with few places to sleep in."""
    monkeypatch.setattr(session_pool, "_SLOTS", PLACES + 2)
    monkeypatch.setattr(session_pool, "_AWAKE_SLOTS", 2)
    sandbox = open_sandbox(BackendName.NSJAIL, EnvironmentSpec("base"), slot=705)
    sandbox.start()
    yield sandbox
    sandbox.close()


def sleeper(n, seconds):
    return f"import time\n\ndef f(x):\n    time.sleep({seconds})\n    return x + 1  # {n}\n"


class Chunk:
    """Programs being judged in a thread of their own, as a worker does."""

    def __init__(self, sandbox, programs):
        self.asleep = threading.Event()
        self.unwanted = threading.Event()
        self.found = []
        self._thread = threading.Thread(target=self._judge, args=(sandbox, programs))
        self._thread.start()

    def _judge(self, sandbox, programs):
        told = {"on_asleep": self.asleep.set, "cancelled": self.unwanted.is_set}
        for judgement in sandbox.judge(SUITE, programs, RULES, **told):
            self.found.append(judgement)

    def end(self):
        self._thread.join(120)
        assert not self._thread.is_alive()
        return {judgement.index: [test.outcome for test in judgement.tests] for judgement in self.found}


def test_the_awake_are_judged_while_every_place_to_sleep_in_is_taken(narrow):
    chunks = [Chunk(narrow, [sleeper(n, 9999) for n in range(SLEEPERS)]) for _ in range(2)]
    try:
        wait_until(lambda: all(chunk.asleep.is_set() for chunk in chunks))
        assert len(session_supervisors(narrow)) <= PLACES + 1  # and one that is kept for the next
        is_still_fair(narrow)
        assert [chunk.found for chunk in chunks] == [[], []]
    finally:
        for chunk in chunks:
            chunk.unwanted.set()
            chunk.end()
    is_still_fair(narrow)


def test_those_that_were_put_off_are_judged_as_if_they_had_not_been(narrow):
    chunk = Chunk(narrow, [sleeper(n, 0.5) for n in range(SLEEPERS)])
    assert chunk.end() == {n: ["passed", "wrong_answer"] for n in range(SLEEPERS)}
    is_still_fair(narrow)
