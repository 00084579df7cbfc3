"""Reads the attacks under ``attacks/``: the header and the program of each file, without running it.

The format is described in ``attacks/README.md``. A file with an unknown key in its header is refused, with its name.
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
"""The folder whose files are judged twice: as the program that plants something, then as the one that looks for it."""
_HEADER = re.compile(r"^# /// attack\n((?:#[^\n]*\n)*?)# ///\n", re.MULTILINE)
_KEYS = frozenset(
    {
        "tests",
        "setup",
        "outcomes",
        "limits",
        "prelude",
        "cases",
        "repeat",
        "twice",
        "without_jail",
        "modules",
        "io",
        "checker",
    }
)
_PAIR_TESTS = ("assert f() == 'kept'",)


@dataclass(frozen=True, slots=True)
class Attack:
    """A program, tests, and the outcomes that each test may have."""

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
    """Instead of tests: what the program reads and what it must print."""
    checker: str | None = None
    """Source of the checker program that judges the outputs of ``io``."""
    modules: tuple[str, ...] = ()
    """Libraries that its environment must have."""
    setup: str = ""
    """What runs before each test."""

    @property
    def kind(self) -> str:
        """The name of its folder."""
        return self.name.partition("/")[0]


@cache
def attacks() -> tuple[Attack, ...]:
    """Return every attack, by name."""
    files = sorted(FOLDER.glob("*/*.py"))
    return tuple(_read(path) for path in files if not path.name.startswith("_"))


def _read(path: Path) -> Attack:
    text = path.read_text()
    header = _HEADER.search(text)
    if header is None:
        raise ValueError(f"{path}: no '# /// attack' block; see {FOLDER / 'README.md'}")
    fields = tomllib.loads(re.sub(r"^# ?", "", header[1], flags=re.MULTILINE))
    if unknown := set(fields) - _KEYS:
        raise ValueError(f"{path}: unknown keys in its block: {', '.join(sorted(unknown))}")
    pair = path.parent.name == PAIRS
    outcomes = frozenset(["passed"] if pair else fields["outcomes"])
    if unknown := outcomes - set(Outcome):
        raise ValueError(f"{path}: unknown outcomes: {', '.join(sorted(unknown))}")
    return Attack(
        name=f"{path.parent.name}/{path.stem}",
        tries=_docstring(text[: header.start()]),
        program=_program(path, text[header.end() :], fields),
        tests=_tests(fields.get("tests", _PAIR_TESTS if pair else ()), fields.get("cases")),
        outcomes=outcomes,
        limits=fields.get("limits", {}),
        twice=fields.get("twice", False),
        without_jail=fields.get("without_jail", False),
        io=fields.get("io"),
        checker=fields.get("checker"),
        modules=tuple(fields.get("modules", ())),
        setup=fields.get("setup", ""),
    )


def _docstring(text: str) -> str:
    return text.strip().removeprefix('"""').removesuffix('"""').strip()


def _program(path: Path, text: str, fields: dict[str, Any]) -> str:
    """Return the program that is judged: the file without its header, so without the expected outcomes."""
    for word, (repeated, times) in fields.get("repeat", {}).items():
        text = text.replace(word, repeated * times)
    prelude = fields.get("prelude")
    return text if prelude is None else (path.parent / prelude).read_text() + text


def _tests(tests: Sequence[str], cases: int | None) -> tuple[str, ...]:
    if cases is None:
        return tuple(tests)
    return tuple(test.replace("CASE", str(case)) for case in range(cases) for test in tests)
