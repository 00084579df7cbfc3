"""Measures how well scores agree with pass rates: pairs in the right order, rank correlations, effect of length. Pure.

Intervals are from a bootstrap over questions, since pairs of one question are not independent. Every pair counts once;
a pair with equal scores counts as half right.
"""

import math
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import combinations, pairwise
from statistics import fmean, pstdev
from typing import Any

from clients.evaluation.estimators import RESAMPLES
from services.rm.training.examples import TrainingExample

BUCKETS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Edges of the buckets of gaps; the smallest gap of AceCoder's pairs is 0.4."""

FEWEST_QUESTIONS = 5
"""Questions below which no interval is given. With one question a bootstrap gives an interval without width, which
looks like certainty. With three, 1 draw of 27 repeats the worst question: more than the 2.5 % below the interval."""


@dataclass(frozen=True, slots=True)
class PairShare:
    """The share of pairs in the right order, with its 95 % interval over questions."""

    share: float
    low: float | None
    high: float | None
    """``None``: fewer than ``FEWEST_QUESTIONS`` have pairs."""
    questions: int
    """Number of questions that have pairs."""
    pairs: int
    """Number of all pairs."""
    ties: int
    """Number of pairs with equal scores."""


def pair_accuracy(examples: Sequence[TrainingExample], scores: Sequence[Sequence[float]]) -> PairShare:
    """Return the share of pairs whose chosen answer scores higher."""
    return _share([_right(example, values) for example, values in zip(examples, scores, strict=True)])


def by_gap(examples: Sequence[TrainingExample], scores: Sequence[Sequence[float]]) -> list[dict[str, Any]]:
    """Return that share per bucket of gaps of the pass rates, as rows.

    The last bucket contains a gap of 1. A bucket without bounds holds the pairs whose gap is not known. Empty buckets
    are left out.
    """
    rows: list[dict[str, Any]] = []
    for low, high in [*pairwise(BUCKETS), (None, None)]:
        right_QP = [
            _right(example, values, partial(_is_in, low=low, high=high))
            for example, values in zip(examples, scores, strict=True)
        ]
        if any(right_QP):
            rows.append({"from": low, "to": high, **asdict(_share(right_QP))})
    return rows


def _is_in(gap: float | None, low: float | None, high: float | None) -> bool:
    if gap is None or low is None or high is None:
        return gap is None and low is None
    gap = round(gap, 9)  # 0.85 - 0.45 must be in the bucket that begins at 0.4
    return low <= gap < high or (high == BUCKETS[-1] and gap >= low)


def _right(
    example: TrainingExample, scores: Sequence[float], has_gap: Callable[[float | None], bool] | None = None
) -> list[float]:
    """1, 0.5 or 0 for each pair of the example whose gap ``has_gap`` accepts."""
    return [
        (delta > 0) + 0.5 * (delta == 0)
        for pair in example.pairs
        if has_gap is None or has_gap(pair.gap)
        for delta in [scores[pair.chosen] - scores[pair.rejected]]
    ]


def _share(right_QP: Sequence[Sequence[float]], seed: int = 0) -> PairShare:
    totals = [(sum(right), len(right)) for right in right_QP if right]
    if not totals:
        return PairShare(float("nan"), None, None, 0, 0, 0)
    ties = sum(value == 0.5 for right in right_QP for value in right)
    pairs = sum(count for _, count in totals)
    low, high = _interval(totals, seed) if len(totals) >= FEWEST_QUESTIONS else (None, None)
    return PairShare(_ratio(totals), low, high, len(totals), pairs, ties)


def _interval(totals: Sequence[tuple[float, int]], seed: int) -> tuple[float, float]:
    rng = random.Random(seed)  # noqa: S311 - statistics, not secrets
    drawn = sorted(_ratio(rng.choices(totals, k=len(totals))) for _ in range(RESAMPLES))
    cut = int(RESAMPLES * 0.025)
    return drawn[cut], drawn[-1 - cut]


def _ratio(totals: Iterable[tuple[float, int]]) -> float:
    right, pairs = map(sum, zip(*totals, strict=True))
    return right / pairs


def ranks(values: Sequence[float]) -> list[float]:
    """Return ranks from 1; equal values share their mean rank."""
    order = sorted(values)
    first = {value: at for at, value in reversed(list(enumerate(order, 1)))}
    count = {value: order.count(value) for value in first}
    return [first[value] + (count[value] - 1) / 2 for value in values]


def pearson(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Return the correlation; ``None`` where one of them does not vary."""
    if len(one) < 2 or not pstdev(one) or not pstdev(other):
        return None
    mean_one, mean_other = fmean(one), fmean(other)
    covariance = fmean((a - mean_one) * (b - mean_other) for a, b in zip(one, other, strict=True))
    return covariance / (pstdev(one) * pstdev(other))


def spearman(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Return the correlation of the ranks."""
    return pearson(ranks(one), ranks(other))


def kendall(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Return τ-b: pairs in the same order less pairs in the opposite order, divided by √(u · v), where u and v are the
    pairs that are not tied in ``one`` and in ``other``; ``None`` if one of them is 0.
    """
    signs = [
        (_sign(a - b), _sign(c - d)) for (a, c), (b, d) in combinations(list(zip(one, other, strict=True)), 2)
    ]
    untied = [sum(sign[at] != 0 for sign in signs) for at in (0, 1)]
    if not all(untied):
        return None
    agreement = sum(a * b for a, b in signs)
    return agreement / math.sqrt(untied[0] * untied[1])


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)


def within_questions(
    examples: Sequence[TrainingExample], scores: Sequence[Sequence[float]]
) -> dict[str, float | int | None]:
    """Return the mean rank correlations of scores and pass rates, over questions whose rates are all known and vary."""
    correlations = [
        (spearman(values, rates), kendall(values, rates))
        for example, values in zip(examples, scores, strict=True)
        for rates in [[rate for rate in example.rates if rate is not None]]
        if len(rates) == len(values) and len(set(rates)) > 1
    ]
    # Scores that do not vary order no answers: their correlation counts as 0.
    rhos, taus = ([pair[at] or 0.0 for pair in correlations] for at in (0, 1))
    return {
        "questions": len(correlations),
        "spearman": fmean(rhos) if correlations else None,
        "kendall": fmean(taus) if correlations else None,
    }


def length(examples: Sequence[TrainingExample], scores: Sequence[Sequence[float]]) -> dict[str, float | None]:
    """Return how strongly the scores depend on length; a policy can exploit a model that prefers long answers.

    ``correlation`` is of scores and numbers of tokens, each less the mean of its question. ``longer_is_right`` is the
    share of the same pairs that the rule "the longer answer is better" orders rightly.
    """
    centred: list[tuple[float, float]] = []
    for example, values in zip(examples, scores, strict=True):
        tokens = [float(len(ids)) for ids in example.sequences]
        means = fmean(values), fmean(tokens)
        centred += [(score - means[0], count - means[1]) for score, count in zip(values, tokens, strict=True)]
    longer = pair_accuracy(examples, [[float(len(ids)) for ids in example.sequences] for example in examples])
    return {
        "correlation": pearson([a for a, _ in centred], [b for _, b in centred]),
        "longer_is_right": longer.share,
    }
