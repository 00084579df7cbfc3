"""The rules of an execution: the lowest reward of a policy is what a program earns that fails every test."""

import pytest

from clients import Outcome, RewardKind, RewardPolicy
from services.executor.results.grading import grade


@pytest.mark.parametrize("kind", list(RewardKind))
@pytest.mark.parametrize("bonus", [0.0, 0.5])
def test_the_lowest_reward_is_that_of_a_program_that_fails_everything(kind, bonus):
    policy = RewardPolicy(kind=kind, all_pass_bonus=bonus, fence_bonus=bonus)
    failed = grade([Outcome.WRONG_ANSWER] * 2, [False] * 2, policy)
    assert policy.lowest == failed.reward
    assert "lowest" not in policy.model_dump()
