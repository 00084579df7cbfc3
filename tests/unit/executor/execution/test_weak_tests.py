"""Weak tests: what null programs pass, when results are held back, and what is left out."""

import pytest

from clients.contract import Limits, OnTimeout, RewardPolicy, State, TestResult, UnscorableReason, WeakTests
from services.executor.execution.weak_tests import HeldResult, WeakTestFinder
from services.executor.planning.plan import Unit
from services.executor.results.records import Fault, verdict_of
from services.executor.sandbox import Rules

RULES = Rules(Limits(), State.SHARED, OnTimeout.CONTINUE)


def unit(number, suite=0, members=()):
    return Unit(number, suite, "program", "", "", RULES, list(members))


def verdict(*outcomes, rests=False):
    return verdict_of([TestResult(outcome=outcome, rests_on_program=rests) for outcome in outcomes])


def finder(mode=WeakTests.EXCLUDE, **policy):
    made = WeakTestFinder(mode, RewardPolicy(**policy))
    made.expect([unit(5), unit(6)])
    return made


@pytest.mark.parametrize("mode", [WeakTests.REPORT, WeakTests.EXCLUDE])
def test_tests_that_any_null_program_passes_are_weak(mode):
    found = finder(mode)
    assert found.of(0) is None
    found.add(unit(5), verdict("passed", "wrong_answer", "wrong_answer"))
    assert found.of(0) is None
    found.add(unit(6), verdict("wrong_answer", "invalid_test", "passed"))
    assert found.of(0) == [0, 2]
    assert found.of(1) is None
    assert found.excluded(0) == (frozenset({0, 2} if mode is WeakTests.EXCLUDE else ()), None)


def test_results_wait_for_the_null_programs_of_their_suite_only_where_weak_tests_are_left_out():
    held = HeldResult([1, 2], verdict("passed"), cached=False)
    assert not finder(WeakTests.REPORT).hold(0, held)
    found = finder()
    assert not found.hold(1, held)
    assert found.hold(0, held)
    assert found.add(unit(5), verdict("wrong_answer")) == []
    assert found.add(unit(6), verdict("wrong_answer")) == [held]
    assert not found.hold(0, held)


def test_a_pass_that_earns_nothing_does_not_make_a_test_weak():
    for counted in (True, False):
        found = finder(count_passes_resting_on_program=counted)
        for number in (5, 6):
            found.add(unit(number), verdict("passed", rests=True))
        assert found.of(0) == ([0] if counted else [])


def test_without_a_verdict_on_a_null_program_nothing_is_known():
    found, fault = finder(), Fault(UnscorableReason.SANDBOX_FAILURE, "gone")
    found.add(unit(5), fault)
    found.add(unit(6), verdict("passed"))
    assert found.of(0) is None
    assert found.excluded(0)[1] is fault


def test_giving_up_returns_whose_results_were_held_back():
    found = finder()
    found.hold(0, HeldResult([3], verdict("passed"), cached=False))
    assert found.give_up() == [[3]]
    assert found.give_up() == []


def test_a_null_program_is_a_unit_without_candidates():
    assert finder().is_null(unit(1))
    assert not finder().is_null(unit(1, members=[0]))
