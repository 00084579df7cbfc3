"""Pass rates and rewards: numerator and denominator are the same set of tests."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.contract import Outcome, RewardKind, RewardPolicy
from services.executor.results.grading import grade

P, W, X = Outcome.PASSED, Outcome.WRONG_ANSWER, Outcome.INVALID_TEST
NOT_RUN = Outcome.NOT_RUN


def graded(outcomes, kind="pass_rate", rests=None, weights=None, **policy):
    return grade(outcomes, rests or [False] * len(outcomes), RewardPolicy(kind=kind, **policy), weights)


@pytest.mark.parametrize(
    ("outcomes", "rate"),
    [([P], 1.0), ([W], 0.0), ([P, W], 0.5), ([P, X], 1.0), ([W, X], 0.0), ([P, P, W, X, NOT_RUN], 0.5)],
)
def test_the_pass_rate_is_over_valid_tests(outcomes, rate):
    assert graded(outcomes).pass_rate == graded(outcomes).reward == rate


@pytest.mark.parametrize(
    ("kind", "all_pass", "some_pass"),
    [("pass_rate", 1, 0.5), ("binary", 1, 0), ("signed", 1, -1), ("weighted", 1, 0.5), ("threshold", 1, 0)],
)
def test_each_kind_of_reward(kind, all_pass, some_pass):
    assert graded([P, P, X], kind).reward == all_pass
    assert graded([P, W, X], kind).reward == some_pass


def test_the_threshold_is_reached_at_equality():
    assert graded([P, W], "threshold", threshold=0.5).reward == 1
    assert graded([P, W, W], "threshold", threshold=0.5).reward == 0


def test_weights_of_invalid_tests_weigh_nothing():
    assert graded([P, W, X], "weighted", weights=[1, 3, 100]).reward == 0.25


def test_a_pass_that_rests_on_the_program_may_be_left_out_of_the_reward():
    counted = graded([P, P], "pass_rate", rests=[True, False])
    left_out = graded([P, P], "pass_rate", rests=[True, False], count_passes_resting_on_program=False)
    assert counted.reward == 1.0
    assert left_out.reward == 0.5
    assert left_out.pass_rate == 1.0  # what happened is not the policy's to say
    strict = graded([P, P], "signed", rests=[True, False], count_passes_resting_on_program=False)
    assert strict.reward == -1.0


def test_without_anything_to_divide_by_there_is_no_number():
    with pytest.raises(ValueError, match="no valid test"):
        graded([X, X])
    with pytest.raises(ValueError, match="weights"):
        graded([P, X], "weighted", weights=[0, 1])


@given(st.lists(st.sampled_from(list(Outcome)), min_size=1, max_size=30), st.sampled_from(list(RewardKind)))
def test_rates_and_rewards_stay_within_their_range(outcomes, kind):
    if all(outcome is X for outcome in outcomes):
        return
    result = graded(outcomes, kind)
    assert 0 <= result.pass_rate <= 1
    assert (-1 if kind is RewardKind.SIGNED else 0) <= result.reward <= 1
    assert (result.pass_rate == 1) == all(outcome in (P, X) for outcome in outcomes)
