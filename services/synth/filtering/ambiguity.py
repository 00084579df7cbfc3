"""Measures how strongly solvers disagree about a question, and finds tests whose outcomes change between runs. Pure."""

from collections import Counter
from collections.abc import Sequence

from clients.selection.consensus import MatrixRow

FLAKY_SHARE = 0.5
"""A test is flaky if more than this share of the programs that pass it in some run fail it in the other. If fewer do,
the programs are at fault."""


def ambiguity(passed_N_T: Sequence[MatrixRow]) -> float | None:
    """Return the chance that two different programs, drawn at random, have different outcomes on some test.

    0: all agree. 1: no two agree. Programs that pass no test are left out: they say nothing about the question.
    ``None`` if fewer than two are left. Weak solvers raise it too: it does not tell an unclear question from a
    hard one.
    """
    rows = [tuple(row) for row in passed_N_T if row is not None and any(row)]
    if len(rows) < 2:
        return None
    agreeing = sum(size * (size - 1) for size in Counter(rows).values())
    return 1 - agreeing / (len(rows) * (len(rows) - 1))


def flaky_tests(first_N_T: Sequence[MatrixRow], second_N_T: Sequence[MatrixRow]) -> dict[int, str]:
    """Return the tests whose outcomes change between two runs of the same programs → the reason in words."""
    passes: Counter[int] = Counter()
    changes: Counter[int] = Counter()
    for first, second in zip(first_N_T, second_N_T, strict=True):
        for test, (one, other) in enumerate(zip(first or (), second or (), strict=False)):
            if one is not None and other is not None and (one or other):
                passes[test] += 1
                changes[test] += one != other
    return {
        test: f"{changes[test]} of {count} programs that pass it fail it in a second run"
        for test, count in passes.items()
        if changes[test] > FLAKY_SHARE * count
    }


def stable_rows(first_N_T: Sequence[MatrixRow], second_N_T: Sequence[MatrixRow]) -> list[MatrixRow]:
    """Return the matrix of what is passed in both runs. What is unknown in one run is decided by the other."""
    return [_stable_row(first, second) for first, second in zip(first_N_T, second_N_T, strict=True)]


def _stable_row(first: MatrixRow, second: MatrixRow) -> MatrixRow:
    if first is None or second is None:
        return first or second
    return [_both(one, other) for one, other in zip(first, second, strict=True)]


def _both(one: bool | None, other: bool | None) -> bool | None:
    if one is None or other is None:
        return other if one is None else one
    return one and other
