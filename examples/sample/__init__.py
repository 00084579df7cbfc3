"""Reads the demo's data: problems, and programs that are right, wrong, slow, broken or hostile.

Each file in ``problems/`` is one problem: its statement, its tests, and programs under headings such as
``## wrong: counts twice — 7``. The part after the dash is the correct verdict: the number of tests that the program
passes, ``all`` or ``none``. This module reads those files and judges nothing.
"""

import ast
import re
from dataclasses import dataclass
from pathlib import Path

from clients.contract import Candidate, Comparison, ComparisonMode, IoTest, Limits, Suite

FOLDER = Path(__file__).parent / "problems"

LIMITS = Limits(cpu_s=0.5, wall_s=3.0, total_cpu_s=1.0, total_wall_s=6.0, memory_bytes=256 * 2**20)
"""Small, so that the endless loops end soon. The slow programs that are right need a tenth of it."""

_SECTION = re.compile(
    r"^## (?P<title>[^\n]+)\n\n(?P<fence>`{3,})(?P<info>\w+)\n(?P<body>.*?)^(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class LabelledProgram:
    """A candidate with its correct verdict."""

    candidate: Candidate
    title: str
    """Its heading, as in ``wrong: counts twice``."""
    kind: str
    """``right``, ``wrong``, ``slow``, ``too slow``, ``crash``, ``syntax`` or ``hostile``."""
    passes: int
    """Number of tests of its suite that it passes."""


@dataclass(frozen=True, slots=True)
class SampleProblem:
    """One file of ``problems/``."""

    suite: Suite
    statement: str
    """The text that a policy would get as its prompt."""
    programs: list[LabelledProgram]


def load() -> list[SampleProblem]:
    """Read every problem, in the order of their names."""
    return [_problem(path) for path in sorted(FOLDER.glob("*.md"))]


def _problem(path: Path) -> SampleProblem:
    text = path.read_text(encoding="utf-8")
    name = text.split("\n", 1)[0].removeprefix("# ")
    sections = list(_SECTION.finditer(text))
    setup = "".join(s["body"] for s in sections if s["title"] == "Setup")
    tests = next(s for s in sections if s["title"].startswith("Tests"))
    suite = _suite(name, setup, tests)
    labelled = [s for s in sections if " — " in s["title"]]
    statement = text.split("\n", 1)[1].split("\n## ", 1)[0].strip()
    return SampleProblem(suite, statement, [_program(suite, section) for section in labelled])


def _suite(name: str, setup: str, tests: re.Match[str]) -> Suite:
    body = tests["body"]
    if tests["info"] == "io":
        return Suite(id=name, io=_io_tests(body), comparison=_comparison(tests["title"]))
    if tests["info"] == "check":
        return Suite(id=name, check=body, entry_point=name)
    return Suite(id=name, asserts=_asserts(body), setup=setup, entry_point=name)


def _asserts(source: str) -> list[str]:
    """Cut after every top-level ``assert``: the lines before an assert belong to it."""
    lines = source.splitlines(keepends=True)
    ends = [node.end_lineno or 0 for node in ast.parse(source).body if isinstance(node, ast.Assert)]
    return ["".join(lines[start:end]) for start, end in zip([0, *ends], ends, strict=False)]


def _io_tests(body: str) -> list[IoTest]:
    """Read tests that lines of ``---`` separate; a line ``=>`` separates the input from the output."""
    pairs = [
        re.split(r"^=>\n", case, maxsplit=1, flags=re.MULTILINE)
        for case in re.split(r"^---\n", body, flags=re.M)
    ]
    return [IoTest(stdin=stdin, stdout=stdout) for stdin, stdout in pairs]


def _comparison(title: str) -> Comparison:
    tolerance = re.search(r"float (\S+)\)", title)
    if tolerance:
        return Comparison(mode=ComparisonMode.FLOAT, rel_tol=float(tolerance[1]))
    return Comparison()


def _program(suite: Suite, section: re.Match[str]) -> LabelledProgram:
    title, label = section["title"].rsplit(" — ", 1)
    passes = {"all": suite.size, "none": 0}.get(label)
    field = "completion" if section["info"] == "completion" else "program"
    candidate = Candidate(suite=suite.id, id=f"{suite.id}/{title}", **{field: section["body"]})
    return LabelledProgram(candidate, title, title.split(":", 1)[0], int(label) if passes is None else passes)
