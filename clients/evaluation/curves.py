"""What N samples of each problem are worth: first, average, best possible, and what a selector makes of them. Pure.

A sample is right if it passes all valid tests that grade. Samples without a verdict are neither right nor
wrong: they are left out, and counted. A selector that looks at the tests that grade is an oracle, whatever its
rule, and says so in its label.

Not promised: curves of one selector over the same problems at every N. A problem with fewer than N verdicts is
not in the point at N; each point says over how many problems it is.
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
_ALONE = frozenset({By.PASS_RATE, By.RM})  # what these say of a candidate does not depend on the others
_ALIASES = {"posterior": By.CONSENSUS}


@dataclass(frozen=True, slots=True)
class AnsweredProblem:
    """One problem and its samples, in their order."""

    task: str
    prompt: str
    programs: Sequence[str]
    graded: Sequence[CandidateResult]
    """By the problem's own tests."""
    shown: Sequence[CandidateResult]
    """What selectors see: verdicts by imagined tests, else ``graded``."""
    scores: Sequence[float | None]
    """A reward model's, for the rule ``rm``."""
    weights: Sequence[float] | None = None
    """Of the tests behind ``shown``."""

    @property
    def right(self) -> list[bool | None]:
        """Per sample: whether it passes all that grades; ``None`` without a verdict."""
        return [result.pass_rate == 1.0 if has_verdict(result) else None for result in self.graded]

    @property
    def scorable(self) -> list[int]:
        """Samples with a verdict."""
        return [at for at, right in enumerate(self.right) if right is not None]


@dataclass(frozen=True, slots=True)
class Selector:
    """Rules that pick one of N."""

    name: str
    """As it was asked for."""
    rules: tuple[By, ...]
    imagined: bool
    """Whether tests of their own, not those that grade, are what the rules look at."""

    @classmethod
    def named(cls, name: str, *, imagined: bool) -> "Selector":
        """Read ``pass_rate``, ``consensus`` (or ``posterior``), ``pass_rate+rm``, ….

        Raises:
            ValueError: a rule is not known.
        """
        parts = name.split("+")
        known = [*By, *_ALIASES]
        for part in parts:
            if part not in known:
                raise ValueError(f"--select {name}: {part!r} is not a rule; the rules are {', '.join(known)}")
        return cls(name, rules_of([_ALIASES.get(part, part) for part in parts]), imagined)

    @property
    def oracle(self) -> bool:
        """Whether it sees the tests that grade."""
        return not self.imagined and set(self.rules) != {By.RM}

    @property
    def label(self) -> str:
        """What it is called in tables."""
        return f"{self.name} ({ORACLE})" if self.oracle else self.name


@dataclass(frozen=True, slots=True)
class Point:
    """A curve at one N."""

    n: int
    share: Estimate
    """Of problems solved."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One way to answer with one of N."""

    label: str
    oracle: bool
    points: list[Point]

    def at(self, n: int) -> Estimate | None:
        """Its estimate at ``n``, if there is one."""
        return next((point.share for point in self.points if point.n == n), None)


def steps_of_n(problems: Sequence[AnsweredProblem]) -> list[int]:
    """Return 1, 2, 4 … and the last, as far as at least half of the problems have so many verdicts."""
    counts = sorted((len(problem.scorable) for problem in problems), reverse=True)
    most = counts[(len(counts) - 1) // 2] if counts else 0
    steps = [2**at for at in range(most.bit_length())]
    return steps if not most or steps[-1] == most else [*steps, most]


def compute_curves(
    problems: Sequence[AnsweredProblem], selectors: Iterable[Selector], *, draws: int = 100, seed: int = 0
) -> list[Curve]:
    """Return the curves of the first sample, the average, the oracle and each selector.

    ``draws`` are those of ``estimators.best_of_draws``, for rules whose word on a sample depends on the others;
    where there are no more ways to draw than that, each counts once.
    """
    steps = steps_of_n(problems)

    def curve(
        label: str, value: Callable[[AnsweredProblem, int], float | None], *, oracle: bool = False
    ) -> Curve:
        points = []
        for n in steps:
            enough = [value(problem, n) for problem in problems if len(problem.scorable) >= n]
            known = [each for each in enough if each is not None]
            if known:
                points.append(Point(n, bootstrap(known, seed=seed)))
        return Curve(label, oracle, points)

    own = [
        curve(
            each.label,
            partial(chance_of_right_pick, selector=each, draws=draws, seed=seed),
            oracle=each.oracle,
        )
        for each in selectors
    ]
    oracle = curve(ORACLE, lambda problem, n: pass_at_k(*_counts(problem), n), oracle=True)
    average = curve(AVERAGE, lambda problem, _: pass_at_k(*_counts(problem), 1))
    return [curve(GREEDY, _first), average, *own, oracle]


def chance_of_right_pick(
    problem: AnsweredProblem, n: int, *, selector: Selector, draws: int = 100, seed: int = 0
) -> float:
    """Chance that the selector's pick of ``n`` samples is right; what ties for the first place shares it."""
    left, right = problem.scorable, problem.right
    values = [float(right[at] or False) for at in left]
    if set(selector.rules) <= _ALONE:
        keys = _keys(problem, selector, left)
        order = sorted({key for key in keys if key is not None}, reverse=True)
        places = {key: float(at) for at, key in enumerate(order)}
        return best_of_n_value([None if key is None else places[key] for key in keys], values, n)

    def choose(drawn: Sequence[int]) -> list[int]:
        keys = _keys(problem, selector, [left[at] for at in drawn])
        best = min((key for key in keys if key is not None), default=None)
        return [at for at, key in zip(drawn, keys, strict=True) if key is not None and key == best]

    if comb(len(left), n) <= draws:
        return fmean(_mean(choose(drawn) or drawn, values) for drawn in combinations(range(len(left)), n))
    # Problems of one size must not share their draws: a lucky draw would be lucky everywhere.
    return best_of_draws(choose, values, n, draws=draws, seed=seed ^ crc32(problem.task.encode()))


def pick(problem: AnsweredProblem, selector: Selector, n: int) -> BestOfN:
    """Choose among the first ``n`` samples."""
    return rank(
        problem.shown[:n], problem.programs[:n], problem.prompt,
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
    problem: AnsweredProblem, selector: Selector, among: Sequence[int]
) -> list[tuple[tuple[bool, float], ...] | None]:
    """One key per sample of ``among``, smaller is better; ``None`` for what the first rule cannot place."""
    shown, programs = [problem.shown[at] for at in among], [problem.programs[at] for at in among]
    scores = [problem.scores[at] for at in among]
    per_rule = [score_by(rule, shown, programs, scores, problem.weights) for rule in selector.rules]
    return [
        None if per_rule[0].values[at] is None else tuple(scored.key(at) for scored in per_rule)
        for at in range(len(among))
    ]
