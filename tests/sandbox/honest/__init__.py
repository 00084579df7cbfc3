"""Provides honest programs with tests that they pass, and wrong mutants of them that a test must fail.

Each module of this folder is one group and defines ``PROGRAMS``. ``tests/sandbox/oracle.py`` runs program and tests in
one process of plain Python. The sandbox must come to the same result, for the program and for its mutants. The programs
use what programs commonly use: none is made easy for a sandbox.
"""

import importlib
import pkgutil
from dataclasses import dataclass, field

from clients.contract import IoTest, Suite


@dataclass(frozen=True, slots=True)
class HonestProgram:
    """A program, and tests each of which must pass, in order, against one load of it."""

    name: str
    program: str
    tests: list[str] = field(default_factory=list)
    """One assert test each. Empty if ``io`` or ``check`` is given."""
    setup: str = ""
    """Statements run before each test."""
    io: list[tuple[str, str]] = field(default_factory=list)
    """stdin and expected stdout of each run."""
    checker: str = ""
    """Source of the checker program that judges the outputs of ``io``."""
    check: str = ""
    """Source that defines ``check(candidate)``."""
    entry_point: str | None = None
    """The function ``check`` receives."""
    mutations: list[tuple[str, str]] = field(default_factory=list)
    """Text of the program, and a mistake to put in its place: one mutant each."""
    scientific: bool = False
    """Needs numpy."""
    frames: bool = False
    """Needs pandas."""

    @property
    def library(self) -> str:
        """The library that it needs; empty for none."""
        return "pandas" if self.frames else "numpy" if self.scientific else ""

    @property
    def mutants(self) -> list[str]:
        """The program once for each mutation, with that one applied."""
        return [self.program.replace(right, wrong, 1) for right, wrong in self.mutations]

    @property
    def suite(self) -> Suite:
        """The tests as a suite of the contract."""
        return Suite(
            id=self.name[:200],
            asserts=self.tests or None,
            setup=self.setup,
            io=[IoTest(stdin=stdin, stdout=stdout) for stdin, stdout in self.io] or None,
            checker=self.checker or None,
            check=self.check or None,
            entry_point=self.entry_point,
        )


def corpus() -> list[HonestProgram]:
    """Return the programs of all groups."""
    names = [info.name for info in pkgutil.iter_modules(__path__) if not info.name.startswith("test_")]
    groups = [importlib.import_module(f"{__name__}.{name}") for name in sorted(names)]
    return [honest for group in groups for honest in group.PROGRAMS]
