"""A worker without work has the next suite's checker forked: it judges as a checker does that is forked for its suite."""

import socket

from clients.contract import Limits, Suite
from services.executor.sandbox import Rules
from tests.sandbox.judging import HONEST, HONEST_TESTS, SMALL, is_still_fair


def _judge(sandbox, *tests):
    suite = Suite(id="s", asserts=list(tests))
    (judgement,) = sandbox.judge(suite, [HONEST], Rules(Limits(**SMALL)))
    return [test.outcome.value for test in judgement.tests]


def _only_idle_session(sandbox):
    (session,) = sandbox.pool._idle.values()
    return session


def test_the_next_suite_is_judged_by_the_checker_that_was_forked_ahead(own_jail):
    _judge(own_jail, *HONEST_TESTS)
    own_jail.renew_idle()
    channel = _only_idle_session(own_jail).channel
    assert _judge(own_jail, "assert add(1, 1) == 2", "assert add(1, 1) == 3") == ["passed", "wrong_answer"]
    assert _only_idle_session(own_jail).channel is channel


def test_a_suite_never_gets_the_checker_of_the_suite_before(own_jail):
    for _ in range(2):
        _judge(own_jail, *HONEST_TESTS)
        channel = _only_idle_session(own_jail).channel
        assert _judge(own_jail, "assert add(1, 1) == 3") == ["wrong_answer"]
        assert _only_idle_session(own_jail).channel is not channel
        own_jail.renew_idle()
        own_jail.renew_idle()


def test_a_checker_that_was_forked_ahead_and_died_costs_no_verdict(own_jail):
    _judge(own_jail, *HONEST_TESTS)
    own_jail.renew_idle()
    session = _only_idle_session(own_jail)
    session.channel.shutdown(socket.SHUT_RDWR)  # as if its process had ended
    assert not session.is_checker_alive()
    assert _judge(own_jail, *HONEST_TESTS) == ["passed"] * 3
    is_still_fair(own_jail)


def test_a_jail_that_died_after_its_checker_was_forked_ahead_costs_no_verdict(own_jail):
    _judge(own_jail, *HONEST_TESTS)
    own_jail.renew_idle()
    own_jail.jail()._process._popen.kill()
    own_jail.jail()._process._popen.wait()
    own_jail.renew_idle()
    is_still_fair(own_jail)
