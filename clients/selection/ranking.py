"""Which of N candidates is best, and why: the rules, and what is said of them. Pure and deterministic.

``by`` names one rule or several, in order: each later rule decides only between what the earlier ones left
tied. Then, always: fewer passes in which the program's own classes had a say; more candidates with the very
same outcomes (agreement is evidence); the shorter program; the lower index. The last two are there so that
the same input always gives the same winner, not because they are evidence.

A candidate that the first rule cannot place (no verdict; for ``rm`` no finite score) is never ranked and never
wins; with none left there is no winner. A later rule puts those that it cannot place behind the others, and
the reasons say so. Ranking by the tests that also grade the winner is an oracle: report it as such.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from clients.contract import CandidateResult
from clients.errors import NothingScorableError
from clients.selection.rules import By, Rules, RuleScores, rules_of, score_by


@dataclass(frozen=True, slots=True)
class BestOfN:
    """The outcome of one best-of-N."""

    prompt: str
    """What the candidates answer."""
    winner: int | None
    """Position of the best candidate; ``None`` if none can be placed."""
    program: str | None
    """The winner's program."""
    reasons: list[str]
    """Why the winner won, rule by rule; or why there is none."""
    ranking: list[int]
    """Positions of all candidates that can be placed, best first."""
    unscorable: dict[int, str]
    """Position of each candidate that cannot be placed, and why."""
    results: list[CandidateResult]
    """The verdicts, in the candidates' order; empty where no rule looks at tests."""
    scores: list[float | None] = field(default_factory=list)
    """The reward model's scores, in the candidates' order; empty where no rule looks at them."""

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
    """What decides between candidates that the rules leave tied."""

    keys: Sequence[int]
    """One per candidate; smaller is better."""
    why: str
    """What is said of a winner that it decided for."""


def rank(
    results: Sequence[CandidateResult],
    programs: Sequence[str],
    prompt: str = "",
    *,
    by: Rules = By.PASS_RATE,
    scores: Sequence[float | None] | None = None,
    weights: Sequence[float] | None = None,
) -> BestOfN:
    """Rank candidates; ``programs[i]`` is what ``results[i]`` judged and ``scores[i]`` scored.

    ``weights`` are those of the tests, for rules of consensus. ``results`` may be empty if no rule needs them.

    Raises:
        ValueError: a rule lacks what it looks at, or the lengths differ.
    """
    rules = rules_of(by)
    per_rule = [score_by(rule, results, programs, scores, weights) for rule in rules]
    left = [at for at in range(len(programs)) if per_rule[0].values[at] is not None]
    unscorable = {
        at: "no finite score" if rules[0] is By.RM else results[at].reason_text
        for at in range(len(programs))
        if per_rule[0].values[at] is None
    }
    given = list(per_rule[rules.index(By.RM)].values) if By.RM in rules else []
    if not left:
        what = "score" if rules[0] is By.RM else "verdict"
        reasons = [f"none of the {len(programs)} candidates has a {what}", *sorted(set(unscorable.values()))]
        return BestOfN(prompt, None, None, reasons, [], unscorable, list(results), given)
    ties = _ties(results, programs)
    ranking = sorted(
        left, key=lambda at: (*(scored.key(at) for scored in per_rule), *(tie.keys[at] for tie in ties))
    )
    reasons = _reasons(ranking, per_rule, ties)
    winner = ranking[0]
    return BestOfN(prompt, winner, programs[winner], reasons, ranking, unscorable, list(results), given)


def still_tied(
    results: Sequence[CandidateResult],
    programs: Sequence[str],
    *,
    by: Rules,
    weights: Sequence[float] | None = None,
) -> list[int]:
    """Return the candidates that the rules leave tied for the first place; empty if none can be placed."""
    per_rule = [score_by(rule, results, programs, None, weights) for rule in rules_of(by)]
    left = [at for at in range(len(programs)) if per_rule[0].values[at] is not None]
    keys = {at: [scored.key(at) for scored in per_rule] for at in left}
    return [at for at in left if keys[at] == min(keys.values())]


def _ties(results: Sequence[CandidateResult], programs: Sequence[str]) -> list[_Tie]:
    ties = []
    if results:
        resting = [sum(test.rests_on_program for test in result.tests) for result in results]
        ties.append(_Tie(resting, "fewer of its passes rest on its own classes"))
        outcomes = [tuple(test.outcome for test in result.tests) for result in results]
        votes = Counter(outcome for outcome in outcomes if outcome)
        agreeing = [-votes[outcome] for outcome in outcomes]
        ties.append(_Tie(agreeing, "{} candidates have the same outcomes, more than any other's"))
    ties.append(_Tie([len(program) for program in programs], "it is shorter"))
    return [*ties, _Tie(range(len(programs)), "it came first")]


def _reasons(ranking: Sequence[int], per_rule: Sequence[RuleScores], ties: Sequence[_Tie]) -> list[str]:
    """Say, rule by rule, how the field narrowed to the winner."""
    winner, *left = ranking
    reasons = [f"candidate {winner} {per_rule[0].first(winner)}"]
    left = [at for at in left if per_rule[0].key(at) == per_rule[0].key(winner)]
    for scored in per_rule[1:]:
        if left and scored.values[winner] is None:
            reasons.append(f"of {len(left) + 1} tied: none has a {scored.what}")
            continue
        tied = [at for at in left if scored.key(at) == scored.key(winner)]
        if len(tied) < len(left):
            reasons.append(f"of {len(left) + 1} tied: it {scored.first(winner)}")
        left = tied
    for tie in ties:
        tied = [at for at in left if tie.keys[at] == tie.keys[winner]]
        if len(tied) < len(left):
            reasons.append(f"of {len(left) + 1} tied: " + tie.why.format(abs(tie.keys[winner])))
        left = tied
    return reasons
