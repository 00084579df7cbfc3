"""A checker that waits for a suite has its first candidate forked: it judges as one does that is forked for its program.

A busy machine may make a session look asleep; it then ends with its program. So the tests judge until one is idle.
"""

import os
import signal
from pathlib import Path

import pytest

from clients.contract import IoTest, Limits, Suite
from services.executor.sandbox import Rules
from services.executor.sandbox.scheduler.session_pool import _fixed_limits
from tests.conftest import wait_until
from tests.sandbox.judging import HONEST, HONEST_TESTS, SMALL
from tests.sandbox.processes import candidates

LIMITS = Limits(**SMALL)
ADD = Suite(id="s", asserts=HONEST_TESTS)
WRONG = "def add(a, b):\n    return a - b\n"
KINDS = {
    "asserts": (ADD, HONEST, WRONG),
    "stdin": (Suite(id="s", io=[IoTest(stdin="1", stdout="2")]), "print(int(input()) + 1)", "print(1)"),
    "checker program": (
        Suite(
            id="s",
            io=[IoTest(stdin="1", stdout="2")],
            checker="def check(stdin, expected, printed):\n    return expected.split() == printed.split()\n",
        ),
        "print(int(input()) + 1)",
        "print(1)",
    ),
    "same process": (
        Suite(id="s", asserts=["assert add(1, 2) == 3"], isolation="same_process"),
        HONEST,
        WRONG,
    ),
    "an invalid test alone": (Suite(id="s", asserts=["assert add("]), HONEST, WRONG),
}
"""Suite, right program, wrong program."""


def _judge(sandbox, suite, *programs, cancelled=lambda: False):
    judged = {}
    for judgement in sandbox.judge(suite, list(programs), Rules(LIMITS), cancelled=cancelled):
        assert not judgement.fault
        judged[judgement.index] = [test.outcome.value for test in judgement.tests]
    return [judged[index] for index in range(len(programs))]


def _idle_session(sandbox):
    """Judge until a session is idle; return it when its last candidate has ended."""

    def judged():
        assert _judge(sandbox, ADD, HONEST) == [["passed"] * 3]
        return sandbox.pool._idle.get(_fixed_limits(LIMITS))

    session = wait_until(judged)
    wait_until(lambda: not candidates(sandbox))
    return session


def _forked_ahead(sandbox):
    """Have a session wait for a suite; return the pid of the candidate that it then has."""
    _idle_session(sandbox).replace_checker()
    (pid,) = wait_until(lambda: candidates(sandbox))
    return pid


def test_the_first_program_gets_the_candidate_that_was_forked_ahead(own_jail):
    pid = _forked_ahead(own_jail)
    seen = set()
    program = "import time\ndef add(a, b):\n    time.sleep(0.3)\n    return a + b\n"
    judged = _judge(own_jail, ADD, program, cancelled=lambda: bool(seen.update(candidates(own_jail))))
    assert judged == [["passed"] * 3]
    assert seen == {pid}


@pytest.mark.parametrize("kind", KINDS)
def test_outcomes_are_those_of_a_candidate_that_was_forked_for_its_program(own_jail, kind):
    suite, right, wrong = KINDS[kind]
    for programs in ((right, wrong, right), (wrong, right, wrong)):
        expected = _judge(own_jail, suite, *programs)
        _forked_ahead(own_jail)
        assert _judge(own_jail, suite, *programs) == expected
    assert kind == "an invalid test alone" or expected[0] != expected[1]


def test_one_that_was_killed_while_it_waited_costs_no_verdict(own_jail):
    expected = _judge(own_jail, ADD, HONEST, WRONG)
    pid = _forked_ahead(own_jail)
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not Path(f"/proc/{pid}/cmdline").read_bytes())  # it has ended, and is not waited for
    assert _judge(own_jail, ADD, HONEST, WRONG) == expected


def test_one_that_never_gets_a_program_ends_with_its_checker(own_jail):
    pid = _forked_ahead(own_jail)
    own_jail.pool._idle[_fixed_limits(LIMITS)].replace_checker()
    (next_pid,) = wait_until(lambda: [other for other in candidates(own_jail) if other != pid])
    assert candidates(own_jail) == [next_pid]
