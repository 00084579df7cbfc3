"""Estimates pass@k, the expected value of a best-of-N pick, and their intervals over problems. Pure.

Intervals come from resampling problems, never candidates, because candidates of one problem resemble each other.
The caller leaves out candidates without a verdict first: they are not wrong. It also reports how many there were.

Not promised: useful intervals for fewer than about ten problems.
"""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import comb
from statistics import fmean

RESAMPLES = 2000
"""Draws of a bootstrap: each end of a 95 % interval then depends on fifty draws."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over problems, with its interval."""

    mean: float
    low: float
    high: float
    problems: int

    def __str__(self) -> str:
        return f"{self.mean:.4f} [{self.low:.4f}, {self.high:.4f}] over {self.problems} problems"


def pass_at_k(total: int, right: int, k: int) -> float:
    """Return the chance that ``k`` of ``total`` candidates, drawn without replacement, include a right one.

    1 - C(total - right, k) / C(total, k), unbiased (Chen et al. 2021, arXiv 2107.03374).

    Raises:
        ValueError: ``k`` is not within 1 and ``total``, or ``right`` not within 0 and ``total``.
    """
    _check_within("k", k, 1, total)
    _check_within("right", right, 0, total)
    return 1.0 - comb(total - right, k) / comb(total, k)


def best_of_n_value(score_N: Sequence[float | None], value_N: Sequence[float], n: int) -> float:
    """Return the expected value of the best-scored of ``n`` candidates drawn without replacement; exact, not sampled.

    Equal scores share the pick evenly. A candidate without a score is picked only if no candidate of the draw
    has one. For scores that do not depend on what else was drawn (a reward model, hidden tests); a consensus depends
    on it, see ``best_of_draws``.

    Raises:
        ValueError: the lengths differ, or ``n`` is not within 1 and their length.
    """
    total = len(score_N)
    if len(value_N) != total:
        raise ValueError(f"{total} scores for {len(value_N)} values; give one of each per candidate")
    _check_within("n", n, 1, total)
    keys = [(score is not None, score or 0.0) for score in score_N]
    ranked = sorted(range(total), key=lambda at: keys[at], reverse=True)
    ways, value, first = comb(total, n), 0.0, 0
    for _, tied in groupby(ranked, key=lambda at: keys[at]):
        values = [value_N[at] for at in tied]
        # The candidate of rank i is the best of a draw if i is drawn and the n - 1 others rank below it.
        picked = sum(comb(total - 1 - at, n - 1) for at in range(first, first + len(values)))
        value += fmean(values) * (picked / ways)
        first += len(values)
    return value


def best_of_draws(
    choose: Callable[[Sequence[int]], Iterable[int]],
    value_N: Sequence[float],
    n: int,
    *,
    draws: int = 100,
    seed: int = 0,
) -> float:
    """Return the mean value of what ``choose`` picks of ``n`` candidates, over seeded draws without replacement.

    ``choose`` gets the drawn positions and returns those tied for best. If it returns none, the pick is random
    among the draw. If ``n`` is all of the candidates, there is one draw.

    Raises:
        ValueError: ``n`` is not within 1 and the number of candidates, or ``draws`` is below 1.
    """
    _check_within("n", n, 1, len(value_N))
    if draws < 1:
        raise ValueError(f"draws={draws}: give 1 or more")
    rng = random.Random(seed)  # noqa: S311 - statistics, not secrets
    means = []
    for _ in range(1 if n == len(value_N) else draws):
        drawn = sorted(rng.sample(range(len(value_N)), n))
        best = list(choose(drawn)) or drawn
        means.append(fmean(value_N[at] for at in best))
    return fmean(means)


def bootstrap(
    value_P: Sequence[float], *, confidence: float = 0.95, resamples: int = RESAMPLES, seed: int = 0
) -> Estimate:
    """Return the mean of one value per problem, with its percentile-bootstrap interval.

    The same seed gives the same interval. To compare two selectors, give the differences per problem: if the
    interval does not contain 0, one is better.

    Raises:
        ValueError: no values, or ``confidence`` is not between 0 and 1, or ``resamples`` is below 1.
    """
    if not value_P:
        raise ValueError("there are no problems to take the mean of; give at least one value")
    if not 0 < confidence < 1 or resamples < 1:
        raise ValueError(
            f"confidence={confidence}, resamples={resamples}: give a confidence between 0 and 1, "
            f"and 1 or more resamples"
        )
    rng = random.Random(seed)  # noqa: S311 - statistics, not secrets
    means = sorted(fmean(rng.choices(value_P, k=len(value_P))) for _ in range(resamples))
    tail_count = int(resamples * (1 - confidence) / 2)
    return Estimate(fmean(value_P), means[tail_count], means[resamples - 1 - tail_count], len(value_P))


def _check_within(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise ValueError(f"{name}={value}: give a number within {low} and {high}")
