"""How one rule places the candidates of a best-of-N: by tests, by consensus, by a reward model's score. Pure.

``clients.selection.ranking`` puts several rules together; whether a rule is any good is for its user to measure.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf, isfinite

from clients.contract import CandidateResult, Status
from clients.selection import consensus
from clients.selection.consensus import ProgramGroup

_NONE = "is first by the rules for ties: no candidate passed a test"


class By(StrEnum):
    """A rule that orders candidates."""

    PASS_RATE = "pass_rate"  # noqa: S105
    """The suite's pass rate."""
    CONSENSUS = "consensus"
    """The group of programs most likely right, where the tests may be wrong: ``consensus.posterior``."""
    AGREEMENT = "agreement"
    """Dual execution agreement, as in CodeT: ``consensus.agreement``."""
    MAJORITY = "majority"
    """The outcomes that most candidates have: ``consensus.majority``."""
    RM = "rm"
    """A reward model's score."""


Rules = By | str | Sequence[By | str]
"""One rule, or several in order."""


@dataclass(frozen=True, slots=True)
class RuleScores:
    """What one rule says of every candidate."""

    values: Sequence[float | None]
    """The higher the better; ``None``: it cannot be placed."""
    first: Callable[[int], str]
    """What makes this candidate the first."""
    what: str
    """What ``values`` are, in words."""

    def key(self, at: int) -> tuple[bool, float]:
        """Smaller is better."""
        value = self.values[at]
        return value is None, -(value or 0.0)


def rules_of(by: Rules) -> tuple[By, ...]:
    """Return the rules that ``by`` names.

    Raises:
        ValueError: a name is not known, or is there twice, or there is none.
    """
    named = (by,) if isinstance(by, str) else tuple(by)
    known = ", ".join(By)
    for each in named:
        if each not in tuple(By):
            raise ValueError(f"by={each!r} is no rule; the rules are {known}")
    if not named or len(set(named)) < len(named):
        raise ValueError(f"by={by!r}: name one rule, or several once each, of {known}")
    return tuple(By(each) for each in named)


def score_by(
    rule: By,
    results: Sequence[CandidateResult],
    programs: Sequence[str],
    scores: Sequence[float | None] | None,
    weights: Sequence[float] | None,
) -> RuleScores:
    """Place every candidate by one rule.

    Raises:
        ValueError: what the rule looks at is not there, or not once per candidate.
    """
    given = scores if rule is By.RM else results
    if given is None or len(given) != len(programs):
        what = "scores" if rule is By.RM else "verdicts by tests"
        raise ValueError(f"by={rule.value!r} needs {what}, one for each of the {len(programs)} candidates")
    if rule is By.RM:
        finite = [score if score is not None and isfinite(score) else None for score in scores or ()]
        return RuleScores(finite, lambda at: f"has the highest score, {finite[at]:.4g}", "score")
    if rule is By.PASS_RATE:
        rates = [result.pass_rate if has_verdict(result) else None for result in results]
        return RuleScores(
            rates,
            lambda at: f"has the highest pass rate, {rates[at]:.4g}" if rates[at] else _NONE,
            "pass rate",
        )
    return _by_consensus(rule, results, weights)


def _by_consensus(
    rule: By, results: Sequence[CandidateResult], weights: Sequence[float] | None
) -> RuleScores:
    matrix = consensus.passed(results)
    if rule is By.MAJORITY:
        # To fail everything alike is no vote: programs crash alike without any being right.
        votes = [tuple(test.outcome for test in result.tests) for result in results]
        found = consensus.majority(
            [vote if row and any(row) else None for vote, row in zip(votes, matrix, strict=True)]
        )
    else:
        found = (consensus.agreement if rule is By.AGREEMENT else consensus.posterior)(matrix, weights)
    groups = {at: group for group in found.groups for at in group.programs}
    values: list[float | None] = [-inf if has_verdict(result) else None for result in results]
    for at, group in groups.items():
        values[at] = group.score
    return RuleScores(values, lambda at: _of_group(rule, groups.get(at)), "standing by " + rule)


def _of_group(rule: By, group: ProgramGroup | None) -> str:
    if group is None:
        return _NONE
    alike = f"{len(group.programs)} of the candidates"
    if rule is By.MAJORITY:
        return f"has the outcomes that most have: {alike}"
    held = f"{alike} pass the same {len(group.tests)} tests"
    if rule is By.AGREEMENT:
        return f"is in the group of most agreement, {group.score:.4g}: {held}"
    return f"is in the group most likely right, belief {group.belief:.2g}: {held}"


def has_verdict(result: CandidateResult) -> bool:
    """Whether the tests said something of the candidate."""
    return result.status is Status.JUDGED and result.pass_rate is not None
