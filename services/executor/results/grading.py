"""Computes the pass rate and the reward of a candidate from the outcomes of its tests. Pure.

Numerator and denominator are the same set of tests: the valid ones. Outcomes are decided in the sandbox.
"""

from collections.abc import Collection, Sequence
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
    decided: Sequence[bool] = (),
    same_process: Sequence[bool] = (),
    excluded: Collection[int] = (),
    fenced: bool = False,
) -> Grade:
    """Grade one candidate; ``rests`` is whether the program's code had a say in each outcome.

    ``decided`` is whether each outcome is a pass that the program alone decided; without it, none is.
    ``same_process`` is whether each outcome is a pass in the program's own process; without it, none is. The pass rate
    counts every pass; the policy decides whether one of these sorts earns a reward. ``fenced`` is whether the program
    was extracted from fenced code blocks. Tests at the positions ``excluded`` count in nothing.

    Raises:
        ValueError: no test is valid, or the weights of the valid tests sum to 0: there is nothing to divide by.
    """
    valid = [t for t, outcome in enumerate(outcomes) if outcome is not Outcome.INVALID_TEST]
    if not valid:
        raise ValueError("the suite has no valid test")
    valid = [t for t in valid if t not in excluded]
    if not valid:
        raise ValueError("every valid test of the suite is weak: a program that solves nothing passes it")
    passed = [t for t in valid if outcomes[t] is Outcome.PASSED]
    earned = earning(passed, rests, policy, decided, same_process)
    terms = [policy.all_pass_bonus] * (len(earned) == len(valid)) + [policy.fence_bonus] * fenced
    return Grade(len(passed) / len(valid), reward(valid, earned, policy, weights) + sum(terms))


def earning(
    passed: Sequence[int],
    rests: Sequence[bool],
    policy: RewardPolicy,
    decided: Sequence[bool],
    same_process: Sequence[bool],
) -> list[int]:
    """Return which of the passes at the positions ``passed`` earn a reward by the policy; the rest: see ``grade``."""
    earned = [t for t in passed if policy.count_passes_resting_on_program or not rests[t]]
    if not policy.count_passes_decided_by_program and any(decided):
        earned = [t for t in earned if not decided[t]]
    if not policy.count_same_process_passes and any(same_process):
        earned = [t for t in earned if not same_process[t]]
    return earned


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
