"""Defines what a filter policy sees and what it decides. Axes in names: N programs of solvers, T tests."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from clients.contract import TestDrop
from clients.selection.consensus import MatrixRow


@dataclass(frozen=True, slots=True)
class FilterMatrix:
    """The outcomes of the solvers' programs on the tests of one question."""

    rows: Sequence[MatrixRow]
    """Per program a row of cells: ``True`` passed, ``False`` not passed, ``None`` unknown; or ``None``. The first
    program is the proxy of the policy ``proxy``."""

    @property
    def judged(self) -> list[int]:
        """Positions of the programs with a verdict."""
        return [at for at, row in enumerate(self.rows) if row and any(cell is not None for cell in row)]

    @property
    def tests(self) -> int:
        """T, the number of tests."""
        return max((len(row) for row in self.rows if row is not None), default=0)

    def columns(self) -> list[tuple[bool | None, ...]]:
        """Return per test the cells of the programs with a verdict."""
        rows = [self.rows[at] or () for at in self.judged]
        return [tuple(row[test] for row in rows) for test in range(self.tests)]


@dataclass(frozen=True, slots=True)
class TestDecision:
    """What a policy decides about one test."""

    __test__ = False  # pytest must not collect it as a test class

    dropped: TestDrop | None
    """``None``: the test is kept."""
    probability: float | None = None
    """The policy's belief that the expected value is right; ``None`` if the policy has none."""
    detail: str = ""
    """The reason in words."""


Policy = Callable[[FilterMatrix], list[TestDecision]]
"""Returns one decision per test. At least one program has a verdict."""
