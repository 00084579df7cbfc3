"""More programs sleep than there are slots for them: awake ones do not wait, and each sleeping one gets its verdict."""

import threading

import pytest

from clients.contract import Limits, Suite
from services.executor.sandbox import Rules
from services.executor.sandbox.environment import BackendName, EnvironmentSpec
from services.executor.sandbox.factory import open_sandbox
from services.executor.sandbox.scheduler import session_pool
from tests.conftest import FIRST_SLOT, wait_until
from tests.sandbox.judging import SMALL, is_still_fair
from tests.sandbox.processes import session_supervisors

SLOTS = 3
SLEEPING = 7
SUITE = Suite(id="sleeps", asserts=["assert f(1) == 2", "assert f(1) == 3"])
RULES = Rules(Limits(**{**SMALL, "wall_s": 9999.0, "total_wall_s": 9999.0}))


@pytest.fixture
def narrow(monkeypatch):
    """A jail with few slots for sleeping programs."""
    monkeypatch.setattr(session_pool, "_SLOTS", SLOTS + 2)
    monkeypatch.setattr(session_pool, "_AWAKE_SLOTS", 2)
    sandbox = open_sandbox(BackendName.NSJAIL, EnvironmentSpec("base"), slot=FIRST_SLOT + 6)
    sandbox.start()
    yield sandbox
    sandbox.close()


def sleeping_program(n, seconds):
    return f"import time\n\ndef f(x):\n    time.sleep({seconds})\n    return x + 1  # {n}\n"


class Chunk:
    """Programs being judged in a thread of their own, as a worker does."""

    def __init__(self, sandbox, programs):
        self.asleep = threading.Event()
        self.cancelled = threading.Event()
        self.judgements = []
        self._thread = threading.Thread(target=self._judge, args=(sandbox, programs))
        self._thread.start()

    def _judge(self, sandbox, programs):
        hooks = {"on_asleep": self.asleep.set, "cancelled": self.cancelled.is_set}
        for judgement in sandbox.judge(SUITE, programs, RULES, **hooks):
            self.judgements.append(judgement)

    def end(self):
        self._thread.join(120)
        assert not self._thread.is_alive()
        return {judgement.index: [test.outcome for test in judgement.tests] for judgement in self.judgements}


def test_awake_programs_are_judged_while_every_slot_for_sleeping_ones_is_taken(narrow):
    chunks = [Chunk(narrow, [sleeping_program(n, 9999) for n in range(SLEEPING)]) for _ in range(2)]
    try:
        wait_until(lambda: all(chunk.asleep.is_set() for chunk in chunks))
        assert len(session_supervisors(narrow)) <= SLOTS + 2  # all that the pool may have
        # And one that is kept for the next suite. Once, on a busy machine, there was one more at this moment.
        wait_until(lambda: len(session_supervisors(narrow)) <= SLOTS + 1)
        is_still_fair(narrow)
        assert [chunk.judgements for chunk in chunks] == [[], []]
    finally:
        for chunk in chunks:
            chunk.cancelled.set()
            chunk.end()
    is_still_fair(narrow)


def test_deferred_programs_get_the_same_verdict(narrow):
    chunk = Chunk(narrow, [sleeping_program(n, 0.5) for n in range(SLEEPING)])
    assert chunk.end() == {n: ["passed", "wrong_answer"] for n in range(SLEEPING)}
    is_still_fair(narrow)


def test_twelve_programs_sleep_in_a_jail_of_160_mebibytes():
    sandbox = open_sandbox(
        BackendName.NSJAIL, EnvironmentSpec("base"), slot=FIRST_SLOT + 14, jail_memory_bytes=160 * 2**20
    )
    try:
        programs = [sleeping_program(n, 0.5) for n in range(12)]
        judged = list(sandbox.judge(SUITE, programs, RULES))
    finally:
        sandbox.close()
    assert [judgement.fault for judgement in judged] == [""] * 12
