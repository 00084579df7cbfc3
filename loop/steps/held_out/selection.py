"""Computes what rules pick of N answers to held-out questions, over N, with intervals from resampling questions. Pure.

Values are exact over all draws of N answers, except for rules of consensus, whose score of an answer depends on the
others that were drawn: those are means over seeded draws.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from clients.contract import CandidateResult
from clients.evaluation.curves import AnsweredProblem, Selector, chance_of_right_pick
from clients.evaluation.estimators import best_of_n_value, pass_at_k
from loop.results import SelectionRow, Share
from loop.shares import share_of

DRAWS = 40
"""Draws of N answers for rules of consensus. The interval over questions is much wider than what these add."""
REWARD_MODEL, ORACLE = "reward model", "oracle"


@dataclass(frozen=True, slots=True)
class HeldOutQuestion:
    """One held-out question with all that was measured of its answers."""

    id: str
    text: str
    greedy_is_right: bool | None
    """By the true tests; ``None`` without a verdict."""
    programs: Sequence[str]
    """The samples, without the greedy answer."""
    graded: Sequence[CandidateResult]
    """Verdicts of the true tests on the samples."""
    imagined: Sequence[CandidateResult] | None
    """Verdicts of all imagined tests; ``None`` if there are none."""
    filtered: Sequence[CandidateResult] | None
    """Verdicts of the imagined tests that the filter kept."""
    scores: Sequence[float | None]
    """Scores of the reward model."""

    def problem(self, selection_results: Sequence[CandidateResult] | None = None) -> AnsweredProblem:
        """Return the question as ``clients.evaluation`` reads it."""
        chosen = self.graded if selection_results is None else selection_results
        return AnsweredProblem(self.id, self.text, self.programs, self.graded, chosen, self.scores)

    @property
    def right(self) -> list[bool]:
        """Whether each sample that has a verdict is right."""
        return [right for right in self.problem().right if right is not None]


Chance = Callable[[HeldOutQuestion, int], float]
"""Returns the chance that the pick of N answers is right."""


@dataclass(frozen=True, slots=True)
class SelectionRule:
    """One way to pick one of N answers."""

    name: str
    description: str
    chance: Chance


def _consensus(
    results_of: Callable[[HeldOutQuestion], Sequence[CandidateResult] | None], name: str
) -> Chance:
    selector = Selector.named(name, imagined=True)

    def chance(question: HeldOutQuestion, n: int) -> float:
        results = results_of(question)
        if results is None:  # no test: any answer may be picked
            return average(question)
        return chance_of_right_pick(question.problem(results), n, selector=selector, draws=DRAWS)

    return chance


def reward_model_chance(question: HeldOutQuestion, n: int) -> float:
    """Return the chance that the answer with the highest score is right."""
    selector = Selector.named("rm", imagined=True)
    return chance_of_right_pick(question.problem(), n, selector=selector)


def _by_length(sign: int, question: HeldOutQuestion, n: int) -> float:
    problem = question.problem()
    lengths = [sign * float(len(question.programs[at].strip())) for at in problem.scorable]
    return best_of_n_value(lengths, [float(right) for right in question.right], n)


def _oracle(question: HeldOutQuestion, n: int) -> float:
    return pass_at_k(len(question.right), sum(question.right), n)


def average(question: HeldOutQuestion) -> float:
    """Return the share of right samples."""
    return pass_at_k(len(question.right), sum(question.right), 1)


RULES: Sequence[SelectionRule] = (
    SelectionRule(REWARD_MODEL, "the answer with the highest score", reward_model_chance),
    SelectionRule(
        "imagined tests",
        "consensus over all imagined tests, wrong ones among them",
        _consensus(lambda question: question.imagined, "consensus"),
    ),
    SelectionRule(
        "filtered tests",
        "consensus over the imagined tests that the filter kept",
        _consensus(lambda question: question.filtered, "consensus"),
    ),
    SelectionRule(
        "imagined tests, then reward model",
        "consensus over all imagined tests; the highest score among those tied",
        _consensus(lambda question: question.imagined, "consensus+rm"),
    ),
    SelectionRule("length, longest", "the longest program", partial(_by_length, 1)),
    SelectionRule("length, shortest", "the shortest program", partial(_by_length, -1)),
    SelectionRule("random", "any answer", lambda question, _: average(question)),
    SelectionRule(ORACLE, "a right answer if there is one", _oracle),
)
"""All rules, in the order of the report."""


def steps_of_n(most: int) -> list[int]:
    """Return 1, 2, 4, … and ``most``."""
    steps = [2**at for at in range(most.bit_length())]
    return steps if steps[-1] == most else [*steps, most]


def selection_row(rule: SelectionRule, questions: Sequence[HeldOutQuestion]) -> SelectionRow:
    """Return the curve of a rule. A point at N leaves out questions with fewer than N verdicts."""
    most = max(len(question.right) for question in questions)
    by_n = {}
    for n in steps_of_n(most):
        values = [rule.chance(question, n) for question in questions if len(question.right) >= n]
        by_n[n] = share_of(values)
    return SelectionRow(rule=rule.name, description=rule.description, by_n=by_n)


def paired(
    questions: Sequence[HeldOutQuestion],
    first: Callable[[HeldOutQuestion], float],
    second: Callable[[HeldOutQuestion], float | None],
) -> Share:
    """Return the mean difference of two values per question; questions without a second value are left out."""
    pairs = [(first(question), second(question)) for question in questions]
    return share_of([one - other for one, other in pairs if other is not None])


def pair_accuracy(questions: Sequence[HeldOutQuestion]) -> float | None:
    """Return the share of (right, wrong) pairs of answers to one question in which the right one has the higher score.

    Equal scores count half. ``None`` if there is no such pair.
    """
    ordered, total = 0.0, 0
    for question in questions:
        scored = [
            (score, right)
            for score, right in zip(question.scores, question.problem().right, strict=True)
            if score is not None and right is not None
        ]
        good = [score for score, right in scored if right]
        bad = [score for score, right in scored if not right]
        ordered += sum((one > other) + 0.5 * (one == other) for one in good for other in bad)
        total += len(good) * len(bad)
    return ordered / total if total else None


def with_scores(question: HeldOutQuestion, scores: Mapping[str, Sequence[float | None]]) -> HeldOutQuestion:
    """Return the question with the scores of another reward model; the first is the greedy answer's."""
    return replace(question, scores=scores[question.id][1:])
