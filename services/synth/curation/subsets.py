"""Chooses subsets of questions by how often their programs pass: AceCoder's hard subset, and bands. Pure.

The rates are recomputed: passed tests divided by counted tests, the same set in numerator and denominator. Axis in
names: Q questions, each with the pass rates of its programs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median, pstdev

BANDS = ((0.0, 0.0), (0.0, 0.25), (0.25, 0.5), (0.5, 0.75), (0.75, 1.0), (1.0, 1.0))
"""Bands of the mean pass rate. The first and the last are points: in a group whose rewards are all equal,
group-relative training learns nothing."""


@dataclass(frozen=True, slots=True)
class Difficulty:
    """How the programs of one question did."""

    mean: float
    """Mean of the programs' pass rates."""
    deviation: float
    """Standard deviation of the programs' pass rates."""
    solved: float
    """Share of the programs that pass all tests."""


def difficulty(rates: Sequence[float]) -> Difficulty | None:
    """Return the difficulty of a question from the pass rates of its programs; ``None`` if there are none."""
    if not rates:
        return None
    return Difficulty(fmean(rates), pstdev(rates), sum(rate == 1 for rate in rates) / len(rates))


def hard_subset(difficulty_Q: Mapping[str, Difficulty]) -> list[str]:
    """Return the ids of AceCoder's hard subset: low mean, and among those high deviation.

    A question is kept if its mean is at most the median of the means, and its deviation at least the median of the
    deviations of those that are kept by the first rule (arXiv 2502.01718, §4.3): about a quarter.
    """
    if not difficulty_Q:
        return []
    middle = median(one.mean for one in difficulty_Q.values())
    low = {name: one for name, one in difficulty_Q.items() if one.mean <= middle}
    spread = median(one.deviation for one in low.values())
    return [name for name, one in low.items() if one.deviation >= spread]


def band_of(mean: float) -> str:
    """Return the label of the band that holds ``mean``: ``0``, ``0-0.25``, …, ``1``.

    The bounds belong to the lower band, but 0 and 1 have their own.
    """
    for low, high in BANDS:
        if low == high:
            if mean == low:
                return f"{low:g}"
        elif low < mean <= high and mean < 1:
            return f"{low:g}-{high:g}"
    raise ValueError(f"mean={mean}: a pass rate is between 0 and 1")
