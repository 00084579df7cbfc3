"""Decides tests by counting programs: AceCoder's single proxy, any of k, and agreement as in CodeT. Pure."""

from clients.contract import TestDrop
from clients.selection.consensus import agreement
from services.synth.filtering.matrix import FilterMatrix, TestDecision

AGREEING = 2
"""Fewest programs of a group that decides. Without it, a program that passes many tests alone outvotes groups."""


def decide_by_proxy(matrix: FilterMatrix) -> list[TestDecision]:
    """Keep the tests that the first program passes (AceCoder, arXiv 2502.01718): the others are not looked at.

    If it has no verdict, every test is rejected: AceCoder loses the question.
    """
    row = matrix.rows[0] or [False] * matrix.tests
    return [
        TestDecision(None if cell else TestDrop.REJECTED, None, "" if cell else "the proxy program fails it")
        for cell in row
    ]


def decide_by_any(matrix: FilterMatrix) -> list[TestDecision]:
    """Keep the tests that at least one program passes. The probability is the share of programs that pass."""
    return [_by_share(column) for column in matrix.columns()]


def _by_share(column: tuple[bool | None, ...]) -> TestDecision:
    known = [cell for cell in column if cell is not None]
    passes = sum(known)
    if passes:
        return TestDecision(None, passes / len(known))
    return TestDecision(TestDrop.REJECTED, 0.0, f"none of {len(known)} programs passes it")


def decide_by_consensus(matrix: FilterMatrix) -> list[TestDecision]:
    """Keep the tests that the best agreement group passes (CodeT, arXiv 2207.10397).

    Programs with equal outcomes are a group; its score is √programs × tests passed. A single program agrees with none,
    so groups have ``AGREEING`` programs at least. With several best groups, a test that only some of them pass is
    undecided. The probability is the share of the scores of the groups that pass.
    """
    consensus = agreement(matrix.rows)
    beliefs = consensus.beliefs(matrix.tests)
    groups = [group for group in consensus.groups if len(group.programs) >= AGREEING]
    if not groups:
        return [TestDecision(TestDrop.UNDECIDED, belief, "no two programs agree") for belief in beliefs]
    best = [set(group.tests) for group in groups if group.score == groups[0].score]
    return [_by_groups(test, beliefs[test], best) for test in range(matrix.tests)]


def _by_groups(test: int, belief: float, best: list[set[int]]) -> TestDecision:
    passes = sum(test in tests for tests in best)
    if passes == len(best):
        return TestDecision(None, belief)
    if passes:
        detail = f"{passes} of {len(best)} equally supported groups of programs pass it"
        return TestDecision(TestDrop.UNDECIDED, belief, detail)
    return TestDecision(TestDrop.REJECTED, belief, "the best supported group of programs fails it")
