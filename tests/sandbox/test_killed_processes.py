"""Processes of a jail are killed from outside, as a kernel without memory and an operator do it.

A right program passes all the same, or it has no verdict: it never fails for what it is not the cause of.
"""

import os
import signal
from contextlib import suppress

import pytest

from clients.contract import IoTest, Limits, Suite
from services.executor.sandbox import Rules
from tests.conftest import wait_until
from tests.sandbox.judging import HONEST, HONEST_TESTS, SMALL, is_still_fair, outcomes
from tests.sandbox.processes import candidates, checkers, session_supervisors

ASSERTS = Suite(id="s", asserts=["assert f(1) == 2", "assert f(5) == 7"])
IO = Suite(id="s", io=[IoTest(stdin="1", stdout="2"), IoTest(stdin="5", stdout="7")])
PROGRAMS = {
    "asserts": (ASSERTS, "import time\ndef f(x):\n    time.sleep(SLEEP_S)\n    return x + 1\n"),
    "io": (IO, "import time\ntime.sleep(SLEEP_S)\nprint(int(input()) + 1)\n"),
}
"""Right for the first test, wrong for the second."""


class Killer:
    """Kills processes of a sandbox, a limited number of times; is called as ``judge`` calls ``cancelled``."""

    def __init__(self, sandbox, find, times):
        self._sandbox, self._find, self._times = sandbox, find, times
        self.killed = []

    def __call__(self):
        for pid in self._find(self._sandbox):
            if len(self.killed) < self._times and pid not in self.killed:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    self.killed.append(pid)
        return False


def judge(sandbox, kind, sleep_s, killer=lambda: False, **limits):
    suite, program = PROGRAMS[kind]
    rules = Rules(Limits(**{**SMALL, **limits}))
    (judgement,) = sandbox.judge(suite, [program.replace("SLEEP_S", str(sleep_s))], rules, cancelled=killer)
    return judgement


def outcomes_of(judgement):
    return [test.outcome.value for test in judgement.tests]


@pytest.mark.parametrize("kind", PROGRAMS)
def test_a_program_that_was_killed_is_judged_again(own_jail, kind):
    """The kernel may have killed it for memory that another program used."""

    def judge_and_kill():
        killer = Killer(own_jail, candidates, 1)
        judged = judge(own_jail, kind, 0.3, killer)
        return judged if killer.killed else None  # it may have ended before it was found

    assert outcomes_of(wait_until(judge_and_kill)) == ["passed", "wrong_answer"]
    is_still_fair(own_jail)


@pytest.mark.parametrize("kind", PROGRAMS)
def test_a_program_that_is_killed_each_time_is_out_of_memory(own_jail, kind):
    killer = Killer(own_jail, candidates, 1000)
    judgement = judge(own_jail, kind, 9999, killer, wall_s=9999.0, total_wall_s=9999.0)
    assert outcomes_of(judgement) == ["memory_limit"] * 2
    assert len(killer.killed) >= 5, "in each attempt, while it was loaded or in its tests"
    is_still_fair(own_jail)


def test_a_session_that_cannot_go_on_is_no_fault_of_its_program(own_jail):
    """A supervisor ends when it can start no process."""
    killer = Killer(own_jail, session_supervisors, 1000)
    judgement = judge(own_jail, "asserts", 9999, killer, wall_s=9999.0, total_wall_s=9999.0)
    assert judgement.tests == []
    assert "cannot start another process" in judgement.fault
    is_still_fair(own_jail)


@pytest.mark.parametrize("kind", PROGRAMS)
def test_a_program_whose_checker_was_killed_is_judged_again(own_jail, kind):
    """The kernel may have killed it; a program cannot."""
    killer = Killer(own_jail, checkers, 2)
    judgement = judge(own_jail, kind, 0.5, killer)
    assert len(killer.killed) == 2
    assert outcomes_of(judgement) == ["passed", "wrong_answer"]
    is_still_fair(own_jail)


@pytest.mark.parametrize("kind", PROGRAMS)
def test_a_program_whose_checker_is_killed_each_time_has_no_verdict(own_jail, kind):
    killer = Killer(own_jail, checkers, 1000)
    judgement = judge(own_jail, kind, 9999, killer, wall_s=9999.0, total_wall_s=9999.0)
    assert judgement.tests == []
    assert "short of memory" in judgement.fault
    is_still_fair(own_jail)


@pytest.mark.parametrize("end", ["import os; os._exit(0)", "import os; os.abort()"])
def test_a_test_that_ends_its_checker_fails(own_jail, end):
    assert outcomes(own_jail, HONEST, f"{end}; add(1, 2)", *HONEST_TESTS) == [
        "runtime_error",
        *["passed"] * 3,
    ]
    is_still_fair(own_jail)
