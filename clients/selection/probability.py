"""Estimates the probability that the pick of a rule of consensus is right, from the matrix alone. Pure.

A logistic model of four facts about the pick: how many programs are in its group, how much of the tests they pass, how
far its group is ahead of the next one, and how much of the tests all programs pass. The model knows neither the
question nor who wrote programs and tests. ``benchmarks.calibration`` fits the coefficients and measures how well
calibrated the probabilities are (docs/choosing.md has the figures).

Not promised: that it is calibrated for other models and questions than those of the benchmark. Programs that share one
misconception look like right ones here.
"""

from collections.abc import Sequence
from math import exp, fsum, log

from clients.selection.consensus import Consensus, MatrixRow, ProgramGroup

COEFFICIENTS = (-0.162, 0.492, 0.077, 0.578, 0.185)
"""Coefficients of the constant 1 and of the facts that ``facts_of`` returns, in this order. Fitted by
``benchmarks.calibration``."""
_HALF = 0.5
"""Added to both numbers of a ratio, so that no logarithm is infinite: Jeffreys' prior for a share."""


def probability_right(
    consensus: Consensus, passed_N_T: Sequence[MatrixRow], weight_T: Sequence[float] | None = None
) -> float | None:
    """Return the probability that a program of ``consensus.best`` is right; ``None`` if there is no group."""
    facts = facts_of(consensus, passed_N_T, weight_T)
    if facts is None:
        return None
    score = fsum(coefficient * fact for coefficient, fact in zip(COEFFICIENTS, (1.0, *facts), strict=True))
    return 1 / (1 + exp(-score))


def facts_of(
    consensus: Consensus, passed_N_T: Sequence[MatrixRow], weight_T: Sequence[float] | None = None
) -> tuple[float, ...] | None:
    """Return the facts about the pick that its probability depends on, as log-odds; ``None`` if there is no group.

    They are: the share of programs in the pick's group (in all groups, if several are tied), the share of the tests
    that these pass, the ratio of their support (programs × share of tests) to that of the next group, and the share of
    the tests that all programs pass on average.
    """
    if not consensus.groups:
        return None
    rows = [row for row in passed_N_T if row is not None and any(cell is not None for cell in row)]
    tests = sum(any(row[t] is not None for row in rows) for t in range(len(rows[0])))
    share_of = _Shares(weight_T, rows)
    best = [group for group in consensus.groups if group.score == consensus.groups[0].score]
    size = sum(len(group.programs) for group in best)
    passed = fsum(len(group.programs) * share_of.group(group) for group in best) / size
    after = consensus.groups[len(best) :]
    next_support = len(after[0].programs) * share_of.group(after[0]) if after else 0.0
    average = fsum(map(share_of.row, rows)) / len(rows)
    return (
        _log_odds(size, len(rows)),
        _log_odds(passed * tests, tests),
        log((size * passed + _HALF) / (next_support + _HALF)),
        _log_odds(average * tests, tests),
    )


class _Shares:
    """Computes shares of the weight of all valid tests."""

    def __init__(self, weight_T: Sequence[float] | None, rows: Sequence[Sequence[bool | None]]) -> None:
        self._weights = list(weight_T) if weight_T is not None else [1.0] * len(rows[0])
        valid = [any(row[t] is not None for row in rows) for t in range(len(self._weights))]
        self._total = (
            fsum(weight for weight, counts in zip(self._weights, valid, strict=True) if counts) or 1.0
        )

    def group(self, group: ProgramGroup) -> float:
        """Return the share of the tests that a group passes."""
        return fsum(self._weights[t] for t in group.tests) / self._total

    def row(self, row: Sequence[bool | None]) -> float:
        """Return the share of the tests that a program passes."""
        return fsum(weight for weight, cell in zip(self._weights, row, strict=True) if cell) / self._total


def _log_odds(part: float, whole: float) -> float:
    return log((part + _HALF) / (whole - part + _HALF))
