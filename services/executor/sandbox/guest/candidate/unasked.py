"""Runs a test of ``isolation: same_process`` without the program, and tells whether it looked for it.

Finds tests that no program could fail. No program is in this process, so none can make a test invalid: what is told
depends on the suite alone. A test that reaches its end, or skips itself, and looks up no name that it does not bind
itself would end so beside every program that leaves it alone.
"""

import builtins
import sys
from collections.abc import Mapping
from types import CodeType
from typing import Any

from ..wire.program_watch import SEES_UNASKED, ProgramWatch, names_in, watched_candidate

_SEES_MODULES = SEES_UNASKED | {"exec", "eval", "__import__", "modules", "_getframe", "currentframe", "stack"}
"""Names by which a test may reach the program's names or module without looking one up."""


class _Names(dict[str, Any]):
    """Globals of a test; notices when a name is looked up that neither the suite nor the language binds."""

    def __init__(self, watch: ProgramWatch) -> None:
        super().__init__(__name__="program", __builtins__=builtins)
        self._watch = watch

    def __missing__(self, name: str) -> Any:
        if not hasattr(builtins, name):
            self._watch.look()
        raise KeyError(name)


def run_without_program(
    setup: list[str], test: str, aliases: Mapping[str, str], entry_point: str | None
) -> list[Any]:
    """Run setup and test; return the line ``["unasked", end]``: ``passed``, ``skipped``, or ``""`` for a valid test.

    ``entry_point``: the name of the function that a ``check`` gets; it gets one that notices its use.
    """
    for alias, name in aliases.items():
        sys.modules.setdefault(alias, sys.modules[name])
    watch = ProgramWatch()
    names = _Names(watch)
    if entry_point is not None:
        names[entry_point] = watched_candidate(watch)
    codes = [compile(text, "<test>", "exec", dont_inherit=True) for text in (*setup, test)]
    end = "" if not _SEES_MODULES.isdisjoint(names_in(codes)) else _end_of(codes, names)
    return ["unasked", "" if watch.looked else end]


def _end_of(codes: list[CodeType], names: _Names) -> str:
    try:
        for code in codes:
            exec(code, names)  # noqa: S102
    except BaseException as error:  # noqa: BLE001  -- how a test ends is what is asked here
        case = sys.modules.get("unittest.case")
        return "skipped" if case is not None and isinstance(error, vars(case)["SkipTest"]) else ""
    return "passed"
