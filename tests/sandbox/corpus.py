"""Reads the attacks under ``attacks/``: what each file says of itself, without running any of it.

The format is described in ``attacks/README.md``. A file that says something unknown is refused, with its name.
"""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from clients.contract import Outcome

FOLDER = Path(__file__).parent / "attacks"
PAIRS = "leaving_something_behind"
"""The class whose files are judged twice: as the program that plants, then as the one that looks."""
_HEADER = re.compile(r"^# /// attack\n((?:#[^\n]*\n)*?)# ///\n", re.MULTILINE)
_KNOWN = frozenset(
    {"tests", "outcomes", "limits", "prelude", "cases", "repeat", "twice", "without_jail", "modules", "io"}
)
_PAIR_TESTS = ("assert f() == 'kept'",)


@dataclass(frozen=True, slots=True)
class Attack:
    """A program, tests, and the outcomes that any of them may have."""

    name: str
    tries: str
    program: str
    tests: tuple[str, ...]
    outcomes: frozenset[str]
    limits: dict[str, float] = field(default_factory=dict)
    twice: bool = False
    """Judged twice in a row, so that the second run may find what the first one's tests left."""
    without_jail: bool = False
    """Hurts nothing without a jail, so that it may run there too."""
    io: list[list[str]] | None = None
    """In place of tests: what it reads and what it is to print."""
    modules: tuple[str, ...] = ()
    """Libraries its environment must have."""

    @property
    def kind(self) -> str:
        """The class it belongs to: its folder."""
        return self.name.partition("/")[0]


@cache
def attacks() -> tuple[Attack, ...]:
    """Return every attack, by name."""
    files = sorted(FOLDER.glob("*/*.py"))
    return tuple(_read(path) for path in files if not path.name.startswith("_"))


def _read(path: Path) -> Attack:
    text = path.read_text()
    found = _HEADER.search(text)
    if found is None:
        raise ValueError(f"{path}: no '# /// attack' block; see {FOLDER / 'README.md'}")
    said = tomllib.loads(re.sub(r"^# ?", "", found[1], flags=re.MULTILINE))
    if unknown := set(said) - _KNOWN:
        raise ValueError(f"{path}: unknown in its block: {', '.join(sorted(unknown))}")
    pair = path.parent.name == PAIRS
    outcomes = frozenset(["passed"] if pair else said["outcomes"])
    if unknown := outcomes - set(Outcome):
        raise ValueError(f"{path}: no outcomes: {', '.join(sorted(unknown))}")
    return Attack(
        name=f"{path.parent.name}/{path.stem}",
        tries=_docstring(text[: found.start()]),
        program=_program(path, text[found.end() :], said),
        tests=_tests(said.get("tests", _PAIR_TESTS if pair else ()), said.get("cases")),
        outcomes=outcomes,
        limits=said.get("limits", {}),
        twice=said.get("twice", False),
        without_jail=said.get("without_jail", False),
        io=said.get("io"),
        modules=tuple(said.get("modules", ())),
    )


def _docstring(text: str) -> str:
    return text.strip().removeprefix('"""').removesuffix('"""').strip()


def _program(path: Path, text: str, said: dict[str, Any]) -> str:
    """Return what is sent: neither what the file says of itself nor what is expected is in it."""
    for word, (repeated, times) in said.get("repeat", {}).items():
        text = text.replace(word, repeated * times)
    prelude = said.get("prelude")
    return text if prelude is None else (path.parent / prelude).read_text() + text


def _tests(tests: Sequence[str], cases: int | None) -> tuple[str, ...]:
    if cases is None:
        return tuple(tests)
    return tuple(test.replace("CASE", str(case)) for case in range(cases) for test in tests)
