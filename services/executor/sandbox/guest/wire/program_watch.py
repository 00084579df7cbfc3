"""Notices whether a test looks at the program, in a run without the program.

Shared by the two places where a test may run once more without it: the checker (``checker.vacuity``), and a new process
for a test that otherwise runs with the program in one process (``candidate.unasked``).
"""

from collections.abc import Iterable
from types import CodeType
from typing import Any

SEES_UNASKED = frozenset({"callable", "type", "id", "globals", "locals", "vars", "dir"})
"""Builtins that show something of an argument or a namespace without asking the object."""


class LookedAtProgram(BaseException):
    """A test looked at the program. Derived from ``BaseException``: a test that expects errors should not catch it."""


class ProgramWatch:
    """Whether the program was looked at, even if the test caught what that raised."""

    looked = False

    def look(self) -> None:
        """Note it, and end the test."""
        self.looked = True
        raise LookedAtProgram


def watched_candidate(watch: ProgramWatch) -> Any:
    """Return an argument for ``check`` that notices every use that a class can notice."""

    def look(*_args: Any, **_kwargs: Any) -> Any:
        watch.look()

    names = "call getattribute setattr delattr eq ne lt le gt ge hash bool str repr format iter len getitem enter add"
    return type("candidate", (), {f"__{name}__": look for name in names.split()})()


def names_in(codes: Iterable[CodeType]) -> set[str]:
    """Return all global and attribute names in some code, with the functions and classes in it."""
    names: set[str] = set()
    stack = list(codes)
    while stack:
        code = stack.pop()
        names.update(code.co_names)
        stack.extend(constant for constant in code.co_consts if isinstance(constant, CodeType))
    return names
