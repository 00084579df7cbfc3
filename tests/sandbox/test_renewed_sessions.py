"""A worker without work has the next suite's checker forked: it judges as a checker does that is forked for its suite.

A busy machine may make a session look asleep; it then ends with its program. So the tests judge until one is idle.
"""

import socket

from clients.contract import Limits, Suite
from services.executor.sandbox import Rules
from services.executor.sandbox.scheduler.session import _USES_OF_CHECKER
from tests.conftest import wait_until
from tests.sandbox.judging import HONEST, HONEST_TESTS, SMALL, is_still_fair

LIMITS = Limits(**SMALL)


def _judge(sandbox, *tests):
    (judgement,) = sandbox.judge(Suite(id="s", asserts=list(tests)), [HONEST], Rules(LIMITS))
    return [test.outcome.value for test in judgement.tests]


def _idle_session(sandbox):
    """Judge until a session that has judged a suite is idle; return it."""

    def judged():
        assert _judge(sandbox, *HONEST_TESTS) == ["passed"] * 3
        return next(iter(sandbox.pool._idle.values()), None)

    return wait_until(judged)


def _keeps_checker(sandbox, session, suite=b"another suite"):
    """Whether the next suite gets the session with the checker that it has now. Puts the session back."""
    channel = session.channel
    assert sandbox.pool._take_idle(suite, LIMITS) is session
    is_same = session.channel is channel
    sandbox.pool.release(session, LIMITS)
    return is_same


def test_the_next_suite_gets_the_checker_that_was_forked_ahead(own_jail):
    session = _idle_session(own_jail)
    own_jail.renew_idle()
    assert _keeps_checker(own_jail, session)
    assert _judge(own_jail, "assert add(1, 1) == 2", "assert add(1, 1) == 3") == ["passed", "wrong_answer"]


def test_a_suite_never_gets_the_checker_of_the_suite_before(own_jail):
    session = _idle_session(own_jail)
    assert not _keeps_checker(own_jail, session)
    assert _judge(own_jail, "assert add(1, 1) == 3") == ["wrong_answer"]
    own_jail.renew_idle()
    own_jail.renew_idle()
    assert _judge(own_jail, "assert add(1, 1) == 2") == ["passed"]


def test_more_programs_of_a_suite_get_its_checker(own_jail):
    session = _idle_session(own_jail)
    channel = session.channel
    wrong = "def add(a, b): return a - b"
    suite = Suite(id="s", asserts=list(HONEST_TESTS))
    judged = [
        next(iter(own_jail.judge(suite, [program], Rules(LIMITS)))) for program in (HONEST, wrong, HONEST)
    ]
    outcomes = [[test.outcome.value for test in judgement.tests] for judgement in judged]
    assert outcomes[0] == outcomes[2] == ["passed"] * 3
    assert "passed" not in outcomes[1]
    assert session.channel is channel


def test_a_suite_with_other_rules_gets_another_checker(own_jail):
    session = _idle_session(own_jail)
    channel = session.channel
    rules = Rules(LIMITS.model_copy(update={"cpu_s": LIMITS.cpu_s / 2}))
    list(own_jail.judge(Suite(id="s", asserts=list(HONEST_TESTS)), [HONEST], rules))
    assert session.channel is not channel


def test_a_checker_is_used_for_a_bounded_number_of_chunks(own_jail):
    session = _idle_session(own_jail)
    channel = session.channel
    for _ in range(_USES_OF_CHECKER):
        assert _judge(own_jail, *HONEST_TESTS) == ["passed"] * 3
    assert session.channel is not channel


def test_a_checker_that_was_forked_ahead_and_died_costs_no_verdict(own_jail):
    session = _idle_session(own_jail)
    own_jail.renew_idle()
    session.channel.shutdown(socket.SHUT_RDWR)  # as if its process had ended
    assert not _keeps_checker(own_jail, session)
    assert _judge(own_jail, *HONEST_TESTS) == ["passed"] * 3


def test_a_jail_that_died_after_its_checker_was_forked_ahead_costs_no_verdict(own_jail):
    _idle_session(own_jail)
    own_jail.renew_idle()
    own_jail.jail()._process._popen.kill()
    own_jail.jail()._process._popen.wait()
    own_jail.renew_idle()
    is_still_fair(own_jail)
