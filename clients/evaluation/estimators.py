"""Numbers about many problems: pass@k, what a selector can expect of N, and how sure either is. Pure.

The unit of chance is a problem: candidates of one problem resemble each other, so that intervals come from
drawing problems again, never candidates. Candidates without a verdict are left out before any of this:
they are not wrong, and a caller says how many there were.

Not promised: an interval for fewer than about ten problems means little, whatever it says.
"""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import comb
from statistics import fmean

RESAMPLES = 2000
"""Draws of a bootstrap: the ends of a 95 % interval then rest on fifty draws each."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over problems and the interval it is known to."""

    mean: float
    low: float
    high: float
    problems: int

    def __str__(self) -> str:
        return f"{self.mean:.4f} [{self.low:.4f}, {self.high:.4f}] over {self.problems} problems"


def pass_at_k(total: int, right: int, k: int) -> float:
    """Chance that ``k`` of ``total`` candidates, drawn without return, hold a right one.

    1 - C(total - right, k) / C(total, k), unbiased (Chen et al. 2021, arXiv 2107.03374).

    Raises:
        ValueError: ``k`` is not within 1 and ``total``, or ``right`` not within 0 and ``total``.
    """
    _within("k", k, 1, total)
    _within("right", right, 0, total)
    return 1.0 - comb(total - right, k) / comb(total, k)


def best_of_n_value(score_N: Sequence[float | None], value_N: Sequence[float], n: int) -> float:
    """Expected value of the best-scored of ``n`` candidates drawn without return; exact, not sampled.

    Equal scores share the pick evenly. A candidate without a score is picked only where all of the draw
    have none. For scores that do not depend on what else was drawn (a reward model, hidden tests); for a
    consensus, which does, see ``best_of_draws``.

    Raises:
        ValueError: the lengths differ, or ``n`` is not within 1 and their length.
    """
    total = len(score_N)
    if len(value_N) != total:
        raise ValueError(f"{total} scores for {len(value_N)} values; give one of each per candidate")
    _within("n", n, 1, total)
    keys = [(score is not None, score or 0.0) for score in score_N]
    ranked = sorted(range(total), key=lambda at: keys[at], reverse=True)
    ways, value, place = comb(total, n), 0.0, 0
    for _, tied in groupby(ranked, key=lambda at: keys[at]):
        values = [value_N[at] for at in tied]
        # The best of the draw stands at rank i where i is in it and the n - 1 others rank below.
        picked = sum(comb(total - 1 - at, n - 1) for at in range(place, place + len(values)))
        value += fmean(values) * (picked / ways)
        place += len(values)
    return value


def best_of_draws(
    choose: Callable[[Sequence[int]], Iterable[int]],
    value_N: Sequence[float],
    n: int,
    *,
    draws: int = 100,
    seed: int = 0,
) -> float:
    """Mean value of what ``choose`` picks of ``n`` candidates, over seeded draws without return.

    ``choose`` gets the drawn positions and returns those tied for best; none of them: a random pick of the
    draw. One draw is enough where ``n`` is all of them.

    Raises:
        ValueError: ``n`` is not within 1 and the number of candidates, or ``draws`` is below 1.
    """
    _within("n", n, 1, len(value_N))
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
    """Mean of one value per problem with its percentile-bootstrap interval; the same seed, the same interval.

    To compare two selectors, give the differences per problem: the interval then says whether one is better.

    Raises:
        ValueError: no values, or ``confidence`` is not between 0 and 1, or ``resamples`` is below 1.
    """
    if not value_P:
        raise ValueError("no problems: nothing to take a mean of")
    if not 0 < confidence < 1 or resamples < 1:
        raise ValueError(
            f"confidence={confidence}, resamples={resamples}: give one between 0 and 1, and at least 1"
        )
    rng = random.Random(seed)  # noqa: S311 - statistics, not secrets
    means = sorted(fmean(rng.choices(value_P, k=len(value_P))) for _ in range(resamples))
    cut = int(resamples * (1 - confidence) / 2)
    return Estimate(fmean(value_P), means[cut], means[resamples - 1 - cut], len(value_P))


def _within(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise ValueError(f"{name}={value}: give a number within {low} and {high}")
