"""Honest programs and tests that hold for them: whatever stands between the two must not show.

Each module of this folder but the tests is a group, and holds ``PROGRAMS``. ``test_plain`` proves that every
test holds where program and test share one process; the sandbox must find the same. The programs use
whatever people use: nothing here is meant to be easy for a sandbox.
"""

import importlib
import pkgutil
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Honest:
    """A program, and tests each of which must pass, in order, against one load of it."""

    name: str
    program: str
    tests: list[str]
    setup: str = ""
    """Statements run before each test."""


def corpus() -> list[Honest]:
    """Every program of every group."""
    names = [info.name for info in pkgutil.iter_modules(__path__) if not info.name.startswith("test_")]
    groups = [importlib.import_module(f"{__name__}.{name}") for name in sorted(names)]
    return [honest for group in groups for honest in group.PROGRAMS]
