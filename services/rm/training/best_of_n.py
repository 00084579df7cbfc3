"""What picking by the trained model is worth: best-of-N on questions it never saw, beside chance, first and best.

The answers are those of a run of ``acecoder execute``, or, without one, those of the held-out pairs, whose pass rates
are told in the rows. The latter are no sample of what a policy writes: the pair rule chose them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from clients.evaluation.curves import AVERAGE, GREEDY, ORACLE, Curve, Point
from clients.evaluation.estimators import Estimate, best_of_n_value, bootstrap, pass_at_k
from services.rm.training.examples import Example

MODEL = "reward model"


@dataclass(frozen=True, slots=True)
class Judged:
    """One question: what tests said of its answers, and what the model says."""

    question: str
    rates: Sequence[float]
    """Pass rates of the answers that have a verdict."""
    scores: Sequence[float | None]
    """``None``: the model could not be asked."""

    @property
    def right(self) -> list[float]:
        """1 for an answer that passes everything."""
        return [float(rate == 1.0) for rate in self.rates]


def of_pairs(examples: Sequence[Example], scores: Sequence[Sequence[float]]) -> list[Judged]:
    """Take the answers of pairs, of questions where all rates are known."""
    return [
        Judged(example.question, rates, own)
        for example, own in zip(examples, scores, strict=True)
        for rates in [[rate for rate in example.rates if rate is not None]]
        if len(rates) == len(own)
    ]


def curves(judged: Sequence[Judged], *, sampled: bool) -> list[Curve]:
    """Return the share of questions solved at N = 1, 2, 4 …; ``sampled`` answers are in the order they were drawn."""

    def curve(label: str, value: Callable[[Judged, int], float]) -> Curve:
        points = [
            Point(n, bootstrap([value(each, n) for each in judged if len(each.rates) >= n]))
            for n in ladder(judged)
        ]
        return Curve(label, label == ORACLE, points)

    first = [curve(GREEDY, lambda each, _: each.right[0])] if sampled else []
    return [
        *first,
        curve(AVERAGE, lambda each, _: fmean(each.right)),
        curve(MODEL, _by_model),
        curve(ORACLE, lambda each, n: pass_at_k(len(each.rates), int(sum(each.right)), n)),
    ]


def ladder(judged: Sequence[Judged]) -> list[int]:
    """Return 1, 2, 4 … and the last, as far as at least half of the questions have so many answers."""
    counts = sorted((len(each.rates) for each in judged), reverse=True)
    most = counts[(len(counts) - 1) // 2] if counts else 0
    steps = [2**at for at in range(most.bit_length())]
    return steps if not most or steps[-1] == most else [*steps, most]


def uplift(judged: Sequence[Judged], *, sampled: bool) -> dict[str, Any]:
    """What the model's pick of the most answers adds, question by question, and what was there to add."""
    n = ladder(judged)[-1]
    enough = [each for each in judged if len(each.rates) >= n]
    picked = [_by_model(each, n) for each in enough]
    against = {"average": [fmean(each.right) for each in enough]}
    if sampled:
        against["first"] = [each.right[0] for each in enough]
    against["oracle"] = [pass_at_k(len(each.rates), int(sum(each.right)), n) for each in enough]
    told: dict[str, Any] = {"n": n}
    for name, values in against.items():
        told[f"over_{name}"] = _plain(bootstrap([a - b for a, b in zip(picked, values, strict=True)]))
    room = sum(against["oracle"]) - sum(against["average"])
    told["share_of_what_was_there"] = (sum(picked) - sum(against["average"])) / room if room else None
    return told


def report(judged: Sequence[Judged], *, sampled: bool) -> dict[str, Any]:
    """Return curves and uplift as plain values."""
    return {
        "questions": len(judged),
        "answers": "as they were sampled" if sampled else "those of the held-out pairs",
        "curves": {
            curve.label: [{"n": point.n, **_plain(point.share)} for point in curve.points]
            for curve in curves(judged, sampled=sampled)
        },
        "uplift": uplift(judged, sampled=sampled),
    }


def _by_model(each: Judged, n: int) -> float:
    return best_of_n_value(each.scores, each.right, n)


def _plain(estimate: Estimate) -> dict[str, float | int]:
    return {
        "mean": estimate.mean,
        "low": estimate.low,
        "high": estimate.high,
        "questions": estimate.problems,
    }
