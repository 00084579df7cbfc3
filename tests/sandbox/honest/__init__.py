"""Honest programs with tests that hold for them, and beside each a slip that a test must find.

Each module of this folder but the tests is a group, and holds ``PROGRAMS``. ``tests/sandbox/oracle.py`` says what
plain Python makes of program and tests in one process; the sandbox must find the same, for the program and for its
twins. The programs use whatever people use: nothing here is meant to be easy for a sandbox.
"""

import importlib
import pkgutil
from dataclasses import dataclass, field

from clients.contract import IoTest, Suite


@dataclass(frozen=True, slots=True)
class Honest:
    """A program, and tests each of which must pass, in order, against one load of it."""

    name: str
    program: str
    tests: list[str] = field(default_factory=list)
    """One assert test each. Or else:"""
    setup: str = ""
    """Statements run before each test."""
    io: list[tuple[str, str]] = field(default_factory=list)
    """What is typed in, and what must come out."""
    check: str = ""
    """Source that defines ``check(candidate)``."""
    entry_point: str | None = None
    """The function ``check`` receives."""
    slips: list[tuple[str, str]] = field(default_factory=list)
    """Text of the program, and what a hasty author would have written instead: one wrong twin each."""
    scientific: bool = False
    """Needs numpy."""

    @property
    def twins(self) -> list[str]:
        """The programs with one slip each."""
        return [self.program.replace(right, wrong, 1) for right, wrong in self.slips]

    @property
    def suite(self) -> Suite:
        """The same tests, as a request gives them."""
        return Suite(
            id=self.name[:200],
            asserts=self.tests or None,
            setup=self.setup,
            io=[IoTest(stdin=stdin, stdout=stdout) for stdin, stdout in self.io] or None,
            check=self.check or None,
            entry_point=self.entry_point,
        )


def corpus() -> list[Honest]:
    """Every program of every group."""
    names = [info.name for info in pkgutil.iter_modules(__path__) if not info.name.startswith("test_")]
    groups = [importlib.import_module(f"{__name__}.{name}") for name in sorted(names)]
    return [honest for group in groups for honest in group.PROGRAMS]
