"""What a reward policy adds to the rule: a bonus for all, and the format term."""

import pytest

from clients.contract import (
    CandidateResult,
    Extraction,
    ExtractionMethod,
    Outcome,
    RewardPolicy,
    TestResult,
    UnscorableReason,
)
from services.executor.results.grading import grade
from services.executor.results.records import Fault, ResultSlot, result_line, verdict_of

P, W, X = Outcome.PASSED, Outcome.WRONG_ANSWER, Outcome.INVALID_TEST


def graded(outcomes, rests=(), fenced=False, **policy):
    return grade(outcomes, rests or [False] * len(outcomes), RewardPolicy(**policy), fenced=fenced)


def test_the_bonus_is_for_all_valid_tests_and_leaves_the_rate_alone():
    full, half = (graded([P, last, X], all_pass_bonus=0.5) for last in (P, W))
    assert (full.pass_rate, full.reward) == (1.0, 1.5)
    assert (half.pass_rate, half.reward) == (0.5, 0.5)
    assert graded([P, P], kind="signed", all_pass_bonus=1).reward == 2.0
    resting = graded([P, P], rests=[True, False], all_pass_bonus=1, count_passes_resting_on_program=False)
    assert resting.reward == 0.5


def test_the_format_term_is_added_whatever_the_tests_said():
    assert graded([W], fenced=True, fence_bonus=0.25).reward == 0.25
    assert graded([P], fenced=False, fence_bonus=0.25).reward == 1.0
    assert graded([P], fenced=True).reward == 1.0


@pytest.mark.parametrize(
    ("method", "reward"),
    [(None, 1.0), (ExtractionMethod.FENCE, 1.1), (ExtractionMethod.AS_IS, 1.0), (ExtractionMethod.NONE, 1.0)],
)
def test_a_fence_is_what_the_program_was_taken_from(method, reward):
    extraction = None if method is None else Extraction(method=method, program="x")
    verdict = verdict_of([TestResult(outcome=P)], extraction)
    line = result_line(ResultSlot(0, "a", "s"), verdict, RewardPolicy(fence_bonus=0.1), None, cached=False)
    assert CandidateResult.model_validate_json(line).reward == pytest.approx(reward)


def test_no_bonus_makes_a_reward_of_a_failure_of_ours():
    policy = RewardPolicy(fence_bonus=0.1, all_pass_bonus=1)
    line = result_line(
        ResultSlot(0, "a", "s"), Fault(UnscorableReason.WORKER_LOST, ""), policy, None, cached=False
    )
    assert CandidateResult.model_validate_json(line).reward is None


@pytest.mark.parametrize("name", ["all_pass_bonus", "fence_bonus"])
def test_a_negative_term_is_refused_by_name(name):
    with pytest.raises(ValueError, match=name):
        RewardPolicy(**{name: -1})
