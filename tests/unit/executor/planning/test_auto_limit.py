"""``auto``: ten times what passing candidates needed, between the probe and the default."""

import pytest

from clients.contract import Limits, Outcome, TestResult
from services.executor.planning.auto_limit import PROBE_S, Calibration, decide_limit
from services.executor.planning.plan import Unit
from services.executor.results.records import verdict_of
from services.executor.sandbox import Rules

P, W, T = Outcome.PASSED, Outcome.WRONG_ANSWER, Outcome.TIME_LIMIT


def verdict(*tests):
    return verdict_of([TestResult(outcome=outcome, cpu_s=cpu_s) for outcome, cpu_s in tests])


@pytest.mark.parametrize(
    ("verdicts", "limit_s"),
    [
        ([], 2.0),
        ([verdict((W, 0.001))], 2.0),
        ([verdict((P, 0.001))], PROBE_S),
        ([verdict((P, 0.03), (P, 0.01))], 0.3),
        ([verdict((P, 0.03)), verdict((P, 0.05)), verdict((W, 0.09))], 0.5),
        ([verdict((P, 0.02), (T, 0.1)), verdict((P, 0.03))], 0.3),
        ([verdict((P, 5.0))], 2.0),
        ([verdict((P, 0.031234))], 0.31),
    ],
)
def test_the_limit(verdicts, limit_s):
    assert decide_limit(verdicts) == limit_s


def unit(number):
    return Unit(number, 0, "program", "", str(number), Rules(Limits()))


def test_only_those_that_hit_the_first_limit_wait_for_the_decision():
    round_ = Calibration({1, 2, 3})
    assert round_.add(unit(1), verdict((P, 0.05)), cached=False)
    assert not round_.add(unit(2), verdict((T, 0.1)), cached=False)
    assert round_.limit_s is None
    assert round_.add(unit(3), None, cached=False)  # a fault is a result, but no evidence
    assert round_.limit_s == 0.5
    assert [deferred.number for deferred, _, _ in round_.deferred] == [2]


def test_a_result_that_arrives_twice_changes_nothing():
    """A chunk that was thought lost is judged twice."""
    round_ = Calibration({1, 2})
    assert not round_.add(unit(1), verdict((T, 0.1)), cached=False)
    assert not round_.add(unit(1), verdict((T, 0.1)), cached=False)
    assert [deferred.number for deferred, _, _ in round_.deferred] == [1]
    assert len(round_.verdicts) == 1
