"""Computes the pass rate and the reward of a candidate from the outcomes of its tests. Pure.

Numerator and denominator are the same set of tests: the valid ones. Outcomes are decided in the sandbox.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from clients.contract import Outcome, RewardKind, RewardPolicy


@dataclass(frozen=True, slots=True)
class Grade:
    """One candidate's numbers."""

    pass_rate: float
    """Passed tests divided by valid tests."""
    reward: float
    """The reward that the policy gives for the outcomes."""


def grade(
    outcomes: Sequence[Outcome],
    rests: Sequence[bool],
    policy: RewardPolicy,
    weights: Sequence[float] | None = None,
    *,
    fenced: bool = False,
) -> Grade:
    """Grade one candidate; ``rests`` is whether the program's code had a say in each outcome.

    The pass rate counts every pass; the policy decides whether one that rests on the program earns a reward. ``fenced``
    is whether the program was extracted from fenced code blocks.

    Raises:
        ValueError: no test is valid, or the weights of the valid tests sum to 0: there is nothing to divide by.
    """
    valid = [t for t, outcome in enumerate(outcomes) if outcome is not Outcome.INVALID_TEST]
    if not valid:
        raise ValueError("the suite has no valid test")
    passed = [t for t in valid if outcomes[t] is Outcome.PASSED]
    earned = passed if policy.count_passes_resting_on_program else [t for t in passed if not rests[t]]
    terms = [policy.all_pass_bonus] * (len(earned) == len(valid)) + [policy.fence_bonus] * fenced
    return Grade(len(passed) / len(valid), reward(valid, earned, policy, weights) + sum(terms))


def reward(
    valid: Sequence[int], earned: Sequence[int], policy: RewardPolicy, weights: Sequence[float] | None
) -> float:
    """Return the reward, without bonuses, from the positions of the valid tests and of those that earn."""
    rate = len(earned) / len(valid)
    match policy.kind:
        case RewardKind.PASS_RATE:
            return rate
        case RewardKind.BINARY:
            return 1.0 if len(earned) == len(valid) else 0.0
        case RewardKind.SIGNED:
            return 1.0 if len(earned) == len(valid) else -1.0
        case RewardKind.THRESHOLD:
            return 1.0 if rate >= policy.threshold else 0.0
        case RewardKind.WEIGHTED:
            return _weighted(valid, earned, weights)


def _weighted(valid: Sequence[int], earned: Sequence[int], weights: Sequence[float] | None) -> float:
    if weights is None:
        return len(earned) / len(valid)
    total = sum(weights[t] for t in valid)
    if total <= 0:
        raise ValueError("the weights of the valid tests sum to 0")
    return sum(weights[t] for t in earned) / total
