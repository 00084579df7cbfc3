"""A worker without work has the next suite's checker forked: it judges as a checker does that is forked for its suite.

A busy machine may make a session look asleep; it then ends with its program. So the tests judge until one is idle.
"""

import socket

from clients.contract import Limits, Suite
from services.executor.sandbox import Rules
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


def _keeps_checker(sandbox, session):
    """Whether the next suite gets the session with the checker that it has now. Puts the session back."""
    channel = session.channel
    assert sandbox.pool._take_idle(LIMITS) is session
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
