"""Weights the tests of a suite by item-rest correlation and computes rewards with these weights. Pure.

All other rewards are a request's ``RewardPolicy``, which the service computes for one candidate at a time. This one
needs all candidates of a prompt. The service must not use them, because a verdict does not depend on its neighbours.
If the weights are known beforehand, put them into ``Suite.weights`` and use the reward ``weighted``.
"""

from collections.abc import Sequence
from math import fsum, sqrt

from clients.contract import CandidateResult
from clients.selection.consensus import MatrixRow, passed

_FLOOR = 0.1
"""Lowest weight of a test. A test that does not separate programs still counts, so that a reward of 1 means that the
program passed every test."""


def discrimination(passed_N_T: Sequence[MatrixRow]) -> list[float]:
    """Return one weight per test, from 0.1 to 1: how strongly passing it goes with passing the other tests.

    The weight is the correlation between passing the test and the pass rate over all other tests (item-rest
    correlation, from test theory), but at least 0.1. A test that every program passes, or none, does not separate
    programs: its weight is 0.1.

    Raises:
        ValueError: rows differ in length.
    """
    rows = [row for row in passed_N_T if row is not None]
    widths = {len(row) for row in rows}
    if len(widths) > 1:
        raise ValueError(f"the rows have {sorted(widths)} tests; give every row one cell per test")
    return [_weight(rows, test) for test in range(max(widths, default=0))]


def by_discrimination(results: Sequence[CandidateResult]) -> list[float | None]:
    """Return the rewards of one group, whose candidates were judged by one suite; ``None`` without a verdict.

    Raises:
        ValueError: the verdicts differ in their number of tests.
    """
    matrix = passed(results)
    weights = discrimination(matrix)
    return [_share(row, weights) for row in matrix]


def _share(row: MatrixRow, weights: Sequence[float]) -> float | None:
    valid = [(weight, cell) for weight, cell in zip(weights, row or (), strict=False) if cell is not None]
    total = fsum(weight for weight, _ in valid)
    return fsum(weight for weight, cell in valid if cell) / total if total else None


def _weight(rows: Sequence[Sequence[bool | None]], test: int) -> float:
    valid = [row for row in rows if row[test] is not None]
    other_rates = [_rate([*row[:test], *row[test + 1 :]]) for row in valid]
    return max(_FLOOR, _correlation([float(row[test] is True) for row in valid], other_rates))


def _rate(cells: Sequence[bool | None]) -> float:
    valid = [cell for cell in cells if cell is not None]
    return sum(valid) / len(valid) if valid else 0.0


def _correlation(one: Sequence[float], other: Sequence[float]) -> float:
    if not one:
        return 0.0
    means = fsum(one) / len(one), fsum(other) / len(other)
    pairs = [(a - means[0], b - means[1]) for a, b in zip(one, other, strict=True)]
    spread = sqrt(fsum(a * a for a, _ in pairs) * fsum(b * b for _, b in pairs))
    # A spread below a billionth comes from rounding alone, and a quotient of it is noise.
    return fsum(a * b for a, b in pairs) / spread if spread > 1e-9 else 0.0
