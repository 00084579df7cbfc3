"""Ranks programs by what they return on the inputs of tests that may be wrong, not only by what they pass. Pure.

Two programs that fail a wrong test may return the same value or different ones: a matrix of passes does not show it.
Here programs form a *cluster* if they end every test alike: with equal values, or with exceptions of one class.
``returned`` reads the values from results of a request with ``values: true``.

Not promised: that a cluster is one meaning of the question. The inputs are those of the tests; a test outside the
question's rules splits right programs.
"""

from collections.abc import Iterable, Sequence
from math import fsum

from clients.contract import CandidateResult, Outcome, Status
from clients.selection.consensus import Consensus, MatrixRow, ProgramGroup

ValueCell = tuple[bool, str] | None
"""``(True, hash)``: the program returned a value with this hash. ``(False, text)``: it did not; programs with equal
texts failed alike. ``None``: the test is invalid."""
ValueRow = Sequence[ValueCell] | None


def returned(results: Iterable[CandidateResult]) -> list[list[ValueCell] | None]:
    """Return the matrix of what programs returned, N × T. A cell without a value hash has the test's outcome."""
    return [_row(result) for result in results]


def overlap(
    value_N_T: Sequence[ValueRow], passed_N_T: Sequence[MatrixRow], weight_T: Sequence[float] | None = None
) -> Consensus:
    """Score each cluster by its own support and by that of clusters that return the same on some inputs (SRank).

    The support of a cluster is its number of programs times the weight of the tests that it passes. Two clusters
    overlap by the share of tests for which both return the same value (by weight). The score of a cluster is its own
    support plus the support of each other cluster times their overlap (arXiv 2311.03366). SRank's authors count equal
    programs once. Here each program counts: to compute their rule, give equal programs once. A cluster may pass no
    test: its score then comes from others.

    Raises:
        ValueError: rows, or weights, differ in length.
    """
    tests = _width(value_N_T, passed_N_T, weight_T)
    weights = list(weight_T) if weight_T is not None else [1.0] * tests
    clusters: dict[tuple[ValueCell, ...], list[int]] = {}
    unsupported, unscorable = list[int](), list[int]()
    for program, row in enumerate(value_N_T):
        if row is None or passed_N_T[program] is None or all(cell is None for cell in row):
            unscorable.append(program)
        elif not any(cell is not None and cell[0] for cell in row):
            unsupported.append(program)
        else:
            clusters.setdefault(tuple(row), []).append(program)
    passed_tests = [_passed_tests(passed_N_T[programs[0]] or ()) for programs in clusters.values()]
    supports = [
        len(programs) * fsum(weights[t] for t in passed)
        for programs, passed in zip(clusters.values(), passed_tests, strict=True)
    ]
    scores = _scores(list(clusters), supports, weights)
    total = fsum(scores)
    groups = [
        ProgramGroup(programs, passed, score, score / total if total else 1 / len(scores))
        for programs, passed, score in zip(clusters.values(), passed_tests, scores, strict=True)
    ]
    groups.sort(key=lambda group: (-group.score, group.programs[0]))
    return Consensus(groups, unsupported, unscorable)


def _scores(
    clusters: Sequence[tuple[ValueCell, ...]], supports: Sequence[float], weights: Sequence[float]
) -> list[float]:
    """Return one score per cluster. Linear in clusters × tests: per test, supports are summed by value first."""
    total = fsum(weights) or 1.0
    added: list[list[float]] = [[] for _ in clusters]
    for t, weight in enumerate(weights):
        support_of: dict[ValueCell, list[float]] = {}
        for cluster, support in zip(clusters, supports, strict=True):
            support_of.setdefault(cluster[t], []).append(support)
        sums: dict[ValueCell, float] = {
            cell: fsum(values) for cell, values in support_of.items() if cell is not None and cell[0]
        }
        for at, cluster in enumerate(clusters):
            if cluster[t] in sums:
                added[at].append((sums[cluster[t]] - supports[at]) * weight / total)
    # Rounded: clusters whose exact scores are equal must stay tied.
    return [round(support + fsum(values), 9) for support, values in zip(supports, added, strict=True)]


def max_pass(passed_N_T: Sequence[MatrixRow], weight_T: Sequence[float] | None = None) -> list[float | None]:
    """Return the weight of the tests that each program passes; ``None`` without a verdict."""
    width = max((len(row) for row in passed_N_T if row is not None), default=0)
    weights = list(weight_T) if weight_T is not None else [1.0] * width
    return [
        None if row is None else fsum(weight for weight, cell in zip(weights, row, strict=True) if cell)
        for row in passed_N_T
    ]


def _row(result: CandidateResult) -> list[ValueCell] | None:
    if result.status is not Status.JUDGED:
        return None
    cells: list[ValueCell] = []
    for test in result.tests:
        if not test.counts:
            cells.append(None)
        elif test.value_hash is None:
            # Without a hash, programs that pass count as equal, and others count as having returned nothing.
            cells.append((test.outcome is Outcome.PASSED, test.outcome.value))
        else:
            cells.append((test.outcome is not Outcome.RUNTIME_ERROR, test.value_hash))
    return cells


def _passed_tests(row: Sequence[bool | None]) -> list[int]:
    return [t for t, cell in enumerate(row) if cell]


def _width(
    value_N_T: Sequence[ValueRow], passed_N_T: Sequence[MatrixRow], weight_T: Sequence[float] | None
) -> int:
    """Return the number of tests."""
    if len(value_N_T) != len(passed_N_T):
        raise ValueError(
            f"{len(value_N_T)} rows of values and {len(passed_N_T)} of passes; give as many of both"
        )
    widths = {len(row) for row in (*value_N_T, *passed_N_T) if row is not None}
    if weight_T is not None:
        widths.add(len(weight_T))
    if len(widths) > 1:
        raise ValueError(f"rows and weights have {sorted(widths)} cells; give one cell per test")
    return max(widths, default=0)
