"""What scores are worth against what tests said: pairs in the right order, ranks within questions, lengths. Pure.

The unit of chance is a question: intervals come from drawing questions again. Every pair counts once, and equal
scores are half right.
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
from services.rm.training.examples import Example

BUCKETS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Edges of gaps; AceCoder's pairs begin at 0.4."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share of pairs, with its 95 % interval over questions."""

    share: float
    low: float
    high: float
    pairs: int
    ties: int


def pair_accuracy(examples: Sequence[Example], scores: Sequence[Sequence[float]]) -> Share:
    """Share of pairs whose chosen answer scores higher."""
    return _share([_right(example, own) for example, own in zip(examples, scores, strict=True)])


def by_gap(examples: Sequence[Example], scores: Sequence[Sequence[float]]) -> list[dict[str, Any]]:
    """The same by the gap of the pass rates; the last bucket takes a gap of 1, and one without bounds the unknown."""
    rows: list[dict[str, Any]] = []
    for low, high in [*pairwise(BUCKETS), (None, None)]:
        within = [
            _right(example, own, partial(_is_in, low=low, high=high))
            for example, own in zip(examples, scores, strict=True)
        ]
        if any(within):
            rows.append({"from": low, "to": high, **asdict(_share(within))})
    return rows


def _is_in(gap: float | None, low: float | None, high: float | None) -> bool:
    if gap is None or low is None or high is None:
        return gap is None and low is None
    gap = round(gap, 9)  # 0.85 - 0.45 is 0.4
    return low <= gap < high or (high == BUCKETS[-1] and gap >= low)


def _right(
    example: Example, scores: Sequence[float], wanted: Callable[[float | None], bool] | None = None
) -> list[float]:
    return [
        (delta > 0) + 0.5 * (delta == 0)
        for pair in example.pairs
        if wanted is None or wanted(pair.gap)
        for delta in [scores[pair.chosen] - scores[pair.rejected]]
    ]


def _share(right_QP: Sequence[Sequence[float]], seed: int = 0) -> Share:
    totals = [(sum(right), len(right)) for right in right_QP if right]
    if not totals:
        return Share(float("nan"), float("nan"), float("nan"), 0, 0)
    rng = random.Random(seed)  # noqa: S311 - statistics, not secrets
    drawn = sorted(_ratio(rng.choices(totals, k=len(totals))) for _ in range(RESAMPLES))
    cut = int(RESAMPLES * 0.025)
    ties = sum(each == 0.5 for right in right_QP for each in right)
    pairs = sum(count for _, count in totals)
    return Share(_ratio(totals), drawn[cut], drawn[-1 - cut], pairs, ties)


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
    together = fmean((a - mean_one) * (b - mean_other) for a, b in zip(one, other, strict=True))
    return together / (pstdev(one) * pstdev(other))


def spearman(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Return the correlation of the ranks."""
    return pearson(ranks(one), ranks(other))


def kendall(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Return τ-b: the share of pairs in the same order less that in the other, ties taken out of both."""
    signs = [
        (_sign(a - b), _sign(c - d)) for (a, c), (b, d) in combinations(list(zip(one, other, strict=True)), 2)
    ]
    untied = [sum(sign[at] != 0 for sign in signs) for at in (0, 1)]
    if not all(untied):
        return None
    together = sum(a * b for a, b in signs)
    return together / math.sqrt(untied[0] * untied[1])


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)


def within_questions(
    examples: Sequence[Example], scores: Sequence[Sequence[float]]
) -> dict[str, float | int | None]:
    """Mean rank correlations of scores and pass rates, over questions whose rates are all known and vary."""
    found = [
        (spearman(own, rates), kendall(own, rates))
        for example, own in zip(examples, scores, strict=True)
        for rates in [[rate for rate in example.rates if rate is not None]]
        if len(rates) == len(own) and len(set(rates)) > 1
    ]
    rhos, taus = (
        [each[at] or 0.0 for each in found] for at in (0, 1)
    )  # scores that do not vary order nothing
    return {
        "questions": len(found),
        "spearman": fmean(rhos) if found else None,
        "kendall": fmean(taus) if found else None,
    }


def length(examples: Sequence[Example], scores: Sequence[Sequence[float]]) -> dict[str, float | None]:
    """How much of the scores is length: a model that has learnt to like long answers is easily pleased.

    ``correlation`` is of scores and tokens, each less its question's mean; ``longer_is_right`` what the rule "the
    longer answer is better" would reach on the same pairs.
    """
    centred: list[tuple[float, float]] = []
    for example, own in zip(examples, scores, strict=True):
        tokens = [float(len(ids)) for ids in example.sequences]
        means = fmean(own), fmean(tokens)
        centred += [(score - means[0], count - means[1]) for score, count in zip(own, tokens, strict=True)]
    longer = pair_accuracy(examples, [[float(len(ids)) for ids in example.sequences] for example in examples])
    return {
        "correlation": pearson([a for a, _ in centred], [b for _, b in centred]),
        "longer_is_right": longer.share,
    }
