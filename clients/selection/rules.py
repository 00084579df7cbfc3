"""Scores the candidates of a best-of-N by one rule: tests, consensus, or a reward model. Pure.

``clients.selection.ranking`` combines several rules. How good a rule is on your problems is not promised: measure it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf, isfinite
from typing import SupportsFloat

from clients.contract import CandidateResult, Status
from clients.selection import consensus
from clients.selection.consensus import Consensus, MatrixRow, ProgramGroup
from clients.selection.probability import probability_right
from clients.selection.values import overlap, returned

_NOTHING_PASSED = "is first by the rules for ties: no candidate passed a test"


class By(StrEnum):
    """A rule that orders candidates."""

    PASS_RATE = "pass_rate"  # noqa: S105
    """The suite's pass rate."""
    CONSENSUS = "consensus"
    """The group of programs most likely right, where the tests may be wrong: ``consensus.posterior``."""
    AGREEMENT = "agreement"
    """Dual execution agreement, as in CodeT: ``consensus.agreement``."""
    OVERLAP = "overlap"
    """Support of programs that return the same values, and of those that return the same on some inputs, as in SRank:
    ``values.overlap``. Needs results with values (``ExecutionRequest.values``); best-of-N asks for them."""
    MAJORITY = "majority"
    """The outcomes that most candidates have: ``consensus.majority``."""
    RM = "rm"
    """A reward model's score."""


WITH_PROBABILITY = (By.CONSENSUS, By.AGREEMENT, By.OVERLAP)
"""Rules that come with the probability that their pick is right."""
Rules = By | str | Sequence[By | str]
"""One rule, or several in order."""


@dataclass(frozen=True, slots=True)
class RuleScores:
    """The score that one rule gives every candidate."""

    values: Sequence[float | None]
    """One per candidate, the higher the better; ``None`` if the rule cannot score it."""
    reason_first: Callable[[int], str]
    """Returns the reason why the candidate at this position is first."""
    value_name: str
    """What a value is, for messages."""
    probability: float | None = None
    """The probability that a first candidate is right (``probability``), for rules of consensus."""

    def key(self, at: int) -> tuple[bool, float]:
        """Return the sort key of the candidate at this position; smaller is better."""
        value = self.values[at]
        return value is None, -(value or 0.0)


def rules_of(by: Rules) -> tuple[By, ...]:
    """Return the rules that ``by`` names.

    Raises:
        ValueError: a name is not a rule, or is given twice, or no name is given.
    """
    names = (by,) if isinstance(by, str) else tuple(by)
    choices = ", ".join(By)
    for name in names:
        if name not in tuple(By):
            raise ValueError(f"by={name!r} is not a rule; the rules are {choices}")
    if not names or len(set(names)) < len(names):
        raise ValueError(f"by={by!r}: name one rule, or several once each, of {choices}")
    return tuple(By(name) for name in names)


def check_at_least(at_least: float, rules: Sequence[By]) -> None:
    """Check the least probability that a winner must have.

    Raises:
        ValueError: it is not a probability, or the first rule gives none.
    """
    if not 0 <= at_least <= 1:
        raise ValueError(f"at_least={at_least!r} is not a probability; give a number from 0 to 1")
    if at_least and rules[0] not in WITH_PROBABILITY:
        names = ", ".join(WITH_PROBABILITY)
        raise ValueError(f"at_least needs a first rule with a probability ({names}), not {rules[0].value!r}")


def score_by(
    rule: By,
    results: Sequence[CandidateResult],
    programs: Sequence[str],
    scores: Sequence[float | None] | None,
    weights: Sequence[float] | None,
) -> RuleScores:
    """Score every candidate by one rule.

    Raises:
        TypeError: a score is not a number.
        ValueError: the rule needs one verdict or score per candidate, and there are fewer or more.
    """
    inputs = scores if rule is By.RM else results
    if inputs is None or len(inputs) != len(programs):
        needs = "scores" if rule is By.RM else "verdicts by tests"
        raise ValueError(f"by={rule.value!r} needs {needs}, one for each of the {len(programs)} candidates")
    if rule is By.RM:
        for at, score in enumerate(scores or ()):
            if score is not None and not isinstance(score, SupportsFloat):
                raise TypeError(f"scores[{at}] is of type {type(score).__name__}; give a number, or None")
        finite = [score if score is not None and isfinite(score) else None for score in scores or ()]
        return RuleScores(finite, lambda at: f"has the highest score, {finite[at]:.4g}", "score")
    if rule is By.PASS_RATE:
        rates = [result.pass_rate if has_verdict(result) else None for result in results]
        return RuleScores(
            rates,
            lambda at: f"has the highest pass rate, {rates[at]:.4g}" if rates[at] else _NOTHING_PASSED,
            "pass rate",
        )
    return _score_by_consensus(rule, results, weights)


def _score_by_consensus(
    rule: By, results: Sequence[CandidateResult], weights: Sequence[float] | None
) -> RuleScores:
    matrix = consensus.passed(results)
    result = _consensus_by(rule, results, matrix, weights)
    groups = {at: group for group in result.groups for at in group.programs}
    values: list[float | None] = [-inf if has_verdict(verdict) else None for verdict in results]
    for at, group in groups.items():
        values[at] = group.score
    return RuleScores(
        values,
        lambda at: _reason_of_group(rule, groups.get(at)),
        f"score by {rule}",
        None if rule is By.MAJORITY else probability_right(result, matrix, weights),
    )


def _consensus_by(
    rule: By,
    results: Sequence[CandidateResult],
    matrix: Sequence[MatrixRow],
    weights: Sequence[float] | None,
) -> Consensus:
    match rule:
        case By.MAJORITY:
            # Programs that pass no test do not vote: wrong programs crash in the same way.
            votes = [tuple(test.outcome for test in result.tests) for result in results]
            passing = [vote if row and any(row) else None for vote, row in zip(votes, matrix, strict=True)]
            return consensus.majority(passing)
        case By.AGREEMENT:
            return consensus.agreement(matrix, weights)
        case By.OVERLAP:
            return overlap(returned(results), matrix, weights)
    return consensus.posterior(matrix, weights)


def _reason_of_group(rule: By, group: ProgramGroup | None) -> str:
    if group is None:
        return _NOTHING_PASSED
    members = f"{len(group.programs)} of the candidates"
    if rule is By.MAJORITY:
        return f"has the most common outcomes: {members}"
    passes = f"{members} pass the same {len(group.tests)} tests"
    if rule is By.OVERLAP:
        return f"is in the cluster of most support, {group.score:.4g}: {members} return the same"
    if rule is By.AGREEMENT:
        return f"is in the group of most agreement, {group.score:.4g}: {passes}"
    return f"is in the group most likely right, belief {group.belief:.2g}: {passes}"


def has_verdict(result: CandidateResult) -> bool:
    """Whether the candidate was judged by at least one valid test."""
    return result.status is Status.JUDGED and result.pass_rate is not None
