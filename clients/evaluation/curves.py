"""Computes the share of problems solved by N: first sample, average, upper bound (oracle) and selectors. Pure.

A sample is right if it passes all valid tests of the problem (the grading tests). Samples without a verdict are
neither right nor wrong: they are left out, and counted. A selector that uses the grading tests is an oracle, whatever
its rule, and its label says so.

Not promised: that a curve covers the same problems at every N. A problem with fewer than N verdicts is
not in the point at N; each point has the number of its problems.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from math import comb
from statistics import fmean
from zlib import crc32

from clients.contract import CandidateResult
from clients.evaluation.estimators import Estimate, best_of_draws, best_of_n_value, bootstrap, pass_at_k
from clients.selection.ranking import BestOfN, rank
from clients.selection.rules import By, has_verdict, rules_of, score_by

GREEDY, AVERAGE, ORACLE = "greedy (first sample)", "average", "oracle"
_INDEPENDENT = frozenset({By.PASS_RATE, By.RM})
"""Rules whose score of a candidate does not depend on the other candidates."""
_ALIASES = {"posterior": By.CONSENSUS}


@dataclass(frozen=True, slots=True)
class AnsweredProblem:
    """One problem and its samples, in their order."""

    task: str
    """Id of the problem."""
    prompt: str
    programs: Sequence[str]
    """One per sample."""
    graded: Sequence[CandidateResult]
    """Verdicts by the grading tests, one per sample."""
    selection_results: Sequence[CandidateResult]
    """Verdicts that selectors use: by imagined tests, else ``graded``."""
    scores: Sequence[float | None]
    """The reward model's scores, for the rule ``rm``."""
    weights: Sequence[float] | None = None
    """Weights of the tests that gave ``selection_results``."""

    @property
    def right(self) -> list[bool | None]:
        """Whether each sample passes all grading tests; ``None`` without a verdict."""
        return [result.pass_rate == 1.0 if has_verdict(result) else None for result in self.graded]

    @property
    def scorable(self) -> list[int]:
        """Positions of the samples with a verdict."""
        return [at for at, right in enumerate(self.right) if right is not None]


@dataclass(frozen=True, slots=True)
class Selector:
    """Rules that pick one of N."""

    name: str
    """The name it was made from, as in ``--select``."""
    rules: tuple[By, ...]
    imagined: bool
    """Whether the rules use imagined tests instead of the grading tests."""

    @classmethod
    def named(cls, name: str, *, imagined: bool) -> "Selector":
        """Make a selector from ``pass_rate``, ``consensus`` (or ``posterior``), ``pass_rate+rm``, ….

        Raises:
            ValueError: a part of the name is not a rule.
        """
        parts = name.split("+")
        choices = [*By, *_ALIASES]
        for part in parts:
            if part not in choices:
                raise ValueError(
                    f"--select {name}: {part!r} is not a rule; the rules are {', '.join(choices)}"
                )
        return cls(name, rules_of([_ALIASES.get(part, part) for part in parts]), imagined)

    @property
    def oracle(self) -> bool:
        """Whether it uses the grading tests."""
        return not self.imagined and set(self.rules) != {By.RM}

    @property
    def label(self) -> str:
        """Its name in tables."""
        return f"{self.name} ({ORACLE})" if self.oracle else self.name


@dataclass(frozen=True, slots=True)
class Point:
    """A curve at one N."""

    n: int
    share: Estimate
    """Share of problems solved."""


@dataclass(frozen=True, slots=True)
class Curve:
    """The share of problems solved, over N, by one way to pick a sample."""

    label: str
    oracle: bool
    points: list[Point]

    def at(self, n: int) -> Estimate | None:
        """Return its estimate at ``n``; ``None`` if it has no point there."""
        return next((point.share for point in self.points if point.n == n), None)


def steps_of_n(problems: Sequence[AnsweredProblem]) -> list[int]:
    """Return the N of the curves: 1, 2, 4 … up to the most verdicts that at least half of the problems have."""
    counts = sorted((len(problem.scorable) for problem in problems), reverse=True)
    most = counts[(len(counts) - 1) // 2] if counts else 0
    steps = [2**at for at in range(most.bit_length())]
    return steps if not most or steps[-1] == most else [*steps, most]


def compute_curves(
    problems: Sequence[AnsweredProblem], selectors: Iterable[Selector], *, draws: int = 100, seed: int = 0
) -> list[Curve]:
    """Return the curves of the first sample, the average, the upper bound (oracle) and each selector.

    ``draws`` are those of ``estimators.best_of_draws``, for rules whose score of a sample depends on the others.
    If there are no more ways to draw N samples than ``draws``, each way is used once.
    """
    steps = steps_of_n(problems)

    def curve(
        label: str, value: Callable[[AnsweredProblem, int], float | None], *, oracle: bool = False
    ) -> Curve:
        points = []
        for n in steps:
            values = [value(problem, n) for problem in problems if len(problem.scorable) >= n]
            present = [share for share in values if share is not None]
            if present:
                points.append(Point(n, bootstrap(present, seed=seed)))
        return Curve(label, oracle, points)

    by_selector = [
        curve(
            selector.label,
            partial(chance_of_right_pick, selector=selector, draws=draws, seed=seed),
            oracle=selector.oracle,
        )
        for selector in selectors
    ]
    oracle = curve(ORACLE, lambda problem, n: pass_at_k(*_counts(problem), n), oracle=True)
    average = curve(AVERAGE, lambda problem, _: pass_at_k(*_counts(problem), 1))
    return [curve(GREEDY, _first), average, *by_selector, oracle]


def chance_of_right_pick(
    problem: AnsweredProblem, n: int, *, selector: Selector, draws: int = 100, seed: int = 0
) -> float:
    """Return the chance that the selector's pick of ``n`` samples is right; samples tied for first share the pick."""
    scorable, right = problem.scorable, problem.right
    values = [float(right[at] or False) for at in scorable]
    if set(selector.rules) <= _INDEPENDENT:
        keys = _keys(problem, selector, scorable)
        order = sorted({key for key in keys if key is not None}, reverse=True)
        ranks = {key: float(at) for at, key in enumerate(order)}
        return best_of_n_value([None if key is None else ranks[key] for key in keys], values, n)

    def choose(drawn: Sequence[int]) -> list[int]:
        keys = _keys(problem, selector, [scorable[at] for at in drawn])
        best = min((key for key in keys if key is not None), default=None)
        return [at for at, key in zip(drawn, keys, strict=True) if key is not None and key == best]

    if comb(len(scorable), n) <= draws:
        return fmean(_mean(choose(drawn) or drawn, values) for drawn in combinations(range(len(scorable)), n))
    # Problems of one size must not share their draws: a lucky draw would be lucky in all of them.
    return best_of_draws(choose, values, n, draws=draws, seed=seed ^ crc32(problem.task.encode()))


def pick(problem: AnsweredProblem, selector: Selector, n: int) -> BestOfN:
    """Pick one of the first ``n`` samples."""
    return rank(
        problem.selection_results[:n], problem.programs[:n], problem.prompt,
        by=selector.rules, scores=problem.scores[:n], weights=problem.weights,
    )  # fmt: skip


def _first(problem: AnsweredProblem, _: int) -> float | None:
    right = problem.right[0]
    return None if right is None else float(right)


def _counts(problem: AnsweredProblem) -> tuple[int, int]:
    return len(problem.scorable), sum(right is True for right in problem.right)


def _mean(tied: Sequence[int], values: Sequence[float]) -> float:
    return fmean(values[at] for at in tied)


def _keys(
    problem: AnsweredProblem, selector: Selector, sample_indices: Sequence[int]
) -> list[tuple[tuple[bool, float], ...] | None]:
    """Return one sort key per sample of ``sample_indices``; ``None`` for a sample that the first rule cannot score."""
    results = [problem.selection_results[at] for at in sample_indices]
    programs = [problem.programs[at] for at in sample_indices]
    scores = [problem.scores[at] for at in sample_indices]
    per_rule = [score_by(rule, results, programs, scores, problem.weights) for rule in selector.rules]
    return [
        None if per_rule[0].values[at] is None else tuple(scored.key(at) for scored in per_rule)
        for at in range(len(sample_indices))
    ]
