"""Ranks N candidates by one rule or several, and gives the reasons. Pure and deterministic.

``by`` names the rules in order: each later rule decides only between candidates that the earlier ones left
tied. Then these always decide, in order: fewer passes in which the program's code had a say; more candidates
with exactly the same outcomes (agreement is evidence); the shorter program; the lower index. The last two are not
evidence: they make the same input always give the same winner.

A candidate that the first rule cannot score (no verdict; for ``rm`` no finite score) is not ranked and never
wins; if there are no others there is no winner. A later rule puts candidates that it cannot score behind the
others, and the reasons say so. Ranking by the tests that also grade the winner is an oracle: label the result so.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from clients.contract import CandidateResult
from clients.errors import NothingScorableError
from clients.selection.rules import By, Rules, RuleScores, check_at_least, rules_of, score_by


@dataclass(frozen=True, slots=True)
class BestOfN:
    """The result of one best-of-N."""

    prompt: str
    """The prompt that the candidates answer."""
    winner: int | None
    """Position of the best candidate; ``None`` if none can be ranked, or its probability is below ``at_least``."""
    program: str | None
    """The winner's program."""
    reasons: list[str]
    """Why the winner won, rule by rule; or why there is none."""
    ranking: list[int]
    """Positions of all candidates that can be ranked, best first."""
    unscorable: dict[int, str]
    """Position of each candidate that cannot be ranked, and why."""
    results: list[CandidateResult]
    """The verdicts, in the candidates' order; empty if no rule uses tests."""
    scores: list[float | None] = field(default_factory=list)
    """The reward model's scores, in the candidates' order; empty if no rule uses them."""
    probability: float | None = None
    """The probability that the first of ``ranking`` is right, if the first rule is ``consensus``, ``agreement`` or
    ``overlap``; ``None`` otherwise. It is estimated from the matrix alone (``clients.selection.probability``)."""

    @property
    def best(self) -> str:
        """The winner's program.

        Raises:
            NothingScorableError: there is no winner.
        """
        if self.program is None:
            raise NothingScorableError("; ".join(self.reasons))
        return self.program


@dataclass(frozen=True, slots=True)
class _Tie:
    """One criterion for candidates that the rules leave tied."""

    keys: Sequence[int]
    """One per candidate; smaller is better."""
    reason: str
    """Why a candidate won by it; ``{}`` stands for the winner's number."""


def rank(
    results: Sequence[CandidateResult],
    programs: Sequence[str],
    prompt: str = "",
    *,
    by: Rules = By.PASS_RATE,
    scores: Sequence[float | None] | None = None,
    weights: Sequence[float] | None = None,
    at_least: float = 0.0,
) -> BestOfN:
    """Rank candidates; ``programs[i]`` is what ``results[i]`` judged and ``scores[i]`` scored.

    ``weights`` are those of the tests, for rules of consensus. ``results`` may be empty if no rule needs them. There is
    no winner if the probability that it is right is below ``at_least``.

    Raises:
        ValueError: a rule needs verdicts or scores that are not given, the lengths differ, or ``at_least`` is given and
            the first rule has no probability.
    """
    rules = rules_of(by)
    check_at_least(at_least, rules)
    per_rule = [score_by(rule, results, programs, scores, weights) for rule in rules]
    ranked = [at for at in range(len(programs)) if per_rule[0].values[at] is not None]
    unscorable = {
        at: "no finite score" if rules[0] is By.RM else results[at].reason_text
        for at in range(len(programs))
        if per_rule[0].values[at] is None
    }
    rm_scores = list(per_rule[rules.index(By.RM)].values) if By.RM in rules else []
    if not ranked:
        what = "score" if rules[0] is By.RM else "verdict"
        reasons = [f"none of the {len(programs)} candidates has a {what}", *sorted(set(unscorable.values()))]
        return BestOfN(prompt, None, None, reasons, [], unscorable, list(results), rm_scores)
    ties = _ties(results, programs)
    ranking = sorted(
        ranked, key=lambda at: (*(scored.key(at) for scored in per_rule), *(tie.keys[at] for tie in ties))
    )
    reasons = _reasons(ranking, per_rule, ties)
    winner, probability = ranking[0], per_rule[0].probability
    rest = (ranking, unscorable, list(results), rm_scores, probability)
    if at_least and (probability or 0.0) < at_least:
        low = f"no pick: the probability that candidate {winner} is right is {probability or 0:.2f}"
        return BestOfN(prompt, None, None, [f"{low}, below at_least={at_least:g}", *reasons], *rest)
    return BestOfN(prompt, winner, programs[winner], reasons, *rest)


def still_tied(
    results: Sequence[CandidateResult],
    programs: Sequence[str],
    *,
    by: Rules,
    weights: Sequence[float] | None = None,
) -> list[int]:
    """Return the positions of the candidates that the rules leave tied for the first place; empty if none is ranked."""
    per_rule = [score_by(rule, results, programs, None, weights) for rule in rules_of(by)]
    ranked = [at for at in range(len(programs)) if per_rule[0].values[at] is not None]
    keys = {at: [scored.key(at) for scored in per_rule] for at in ranked}
    return [at for at in ranked if keys[at] == min(keys.values())]


def _ties(results: Sequence[CandidateResult], programs: Sequence[str]) -> list[_Tie]:
    ties = []
    if results:
        resting = [sum(test.rests_on_program for test in result.tests) for result in results]
        ties.append(_Tie(resting, "fewer of its passes are marked rests_on_program"))
        outcomes = [tuple(test.outcome for test in result.tests) for result in results]
        votes = Counter(outcome for outcome in outcomes if outcome)
        agreeing = [-votes[outcome] for outcome in outcomes]
        ties.append(_Tie(agreeing, "{} candidates have the same outcomes, more than any other's"))
    ties.append(_Tie([len(program) for program in programs], "it is shorter"))
    return [*ties, _Tie(range(len(programs)), "it came first")]


def _reasons(ranking: Sequence[int], per_rule: Sequence[RuleScores], ties: Sequence[_Tie]) -> list[str]:
    """Return, rule by rule, the reasons why the winner is first."""
    winner, *rivals = ranking
    reasons = [f"candidate {winner} {per_rule[0].reason_first(winner)}"]
    rivals = [at for at in rivals if per_rule[0].key(at) == per_rule[0].key(winner)]
    for scored in per_rule[1:]:
        if rivals and scored.values[winner] is None:
            reasons.append(f"of {len(rivals) + 1} tied: none has a {scored.value_name}")
            continue
        tied = [at for at in rivals if scored.key(at) == scored.key(winner)]
        if len(tied) < len(rivals):
            reasons.append(f"of {len(rivals) + 1} tied: it {scored.reason_first(winner)}")
        rivals = tied
    for tie in ties:
        tied = [at for at in rivals if tie.keys[at] == tie.keys[winner]]
        if len(tied) < len(rivals):
            reasons.append(f"of {len(rivals) + 1} tied: " + tie.reason.format(abs(tie.keys[winner])))
        rivals = tied
    return reasons
