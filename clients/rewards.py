"""Rewards that need the whole group: each test weighs as much as it tells good programs from bad ones. Pure.

All other shapes are a request's ``RewardPolicy`` and are computed by the service, one candidate at a time. This
one looks at the other candidates of the same prompt, which the service must not do: a verdict does not depend
on its neighbours. Weights known beforehand go into ``Suite.weights`` with the reward ``weighted``.
"""

from collections.abc import Sequence
from math import fsum, sqrt

from clients.contract import CandidateResult
from clients.selection.consensus import MatrixRow, passed

_FLOOR = 0.1
"""Least weight of a test: what tells nothing apart still counts, so that only passing all of them earns 1."""


def discrimination(passed_N_T: Sequence[MatrixRow]) -> list[float]:
    """Return one weight per test, within 0.1 and 1: how well passing it goes with passing the others.

    The correlation between passing the test and the rate over all other tests (item-rest correlation of test
    theory), not below the floor. A test that all pass, or none, tells nothing apart and has the floor.

    Raises:
        ValueError: rows differ in length.
    """
    rows = [row for row in passed_N_T if row is not None]
    widths = {len(row) for row in rows}
    if len(widths) > 1:
        raise ValueError(f"rows are of {sorted(widths)} tests; give one cell per test")
    return [_weight(rows, test) for test in range(max(widths, default=0))]


def by_discrimination(results: Sequence[CandidateResult]) -> list[float | None]:
    """Return the rewards of one group, judged by one suite; ``None`` without a verdict.

    Raises:
        ValueError: verdicts are of different numbers of tests.
    """
    matrix = passed(results)
    weights = discrimination(matrix)
    return [_share(row, weights) for row in matrix]


def _share(row: MatrixRow, weights: Sequence[float]) -> float | None:
    known = [(weight, cell) for weight, cell in zip(weights, row or (), strict=False) if cell is not None]
    total = fsum(weight for weight, _ in known)
    return fsum(weight for weight, cell in known if cell) / total if total else None


def _weight(rows: Sequence[Sequence[bool | None]], test: int) -> float:
    seen = [row for row in rows if row[test] is not None]
    rests = [_rate([*row[:test], *row[test + 1 :]]) for row in seen]
    return max(_FLOOR, _correlation([float(row[test] is True) for row in seen], rests))


def _rate(cells: Sequence[bool | None]) -> float:
    known = [cell for cell in cells if cell is not None]
    return sum(known) / len(known) if known else 0.0


def _correlation(one: Sequence[float], other: Sequence[float]) -> float:
    if not one:
        return 0.0
    means = fsum(one) / len(one), fsum(other) / len(other)
    pairs = [(a - means[0], b - means[1]) for a, b in zip(one, other, strict=True)]
    spread = sqrt(fsum(a * a for a, _ in pairs) * fsum(b * b for _, b in pairs))
    # Below a billionth the spread is rounding, and a quotient of it noise.
    return fsum(a * b for a, b in pairs) / spread if spread > 1e-9 else 0.0
