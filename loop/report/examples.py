"""Prepares the examples of the report: each question with its tests, and its programs with outcomes and scores. Pure.

Programs and tests are hostile and may be long: the views hold them as text, shortened; the template escapes them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from clients.contract import Outcome
from loop.report.numbers import NOT_MEASURED, percent
from loop.results import Example, ExampleProgram, ExampleTest

MAX_EXAMPLES = 30
MAX_PROGRAMS = 16
"""Programs of an example on the page: the samples of one question."""
MAX_CHARS = 4000
"""Characters of a program or question on the page: programs of the usual data sets are shorter."""
MAX_TEST_CHARS = 400
MAX_COLUMNS = 40
"""Tests in the matrix: more columns would be narrower than a finger."""
_MARKS = {Outcome.PASSED: ("✓", "pass"), Outcome.NOT_RUN: ("·", "void"), Outcome.INVALID_TEST: ("–", "void")}
_FAILED = {Outcome.WRONG_ANSWER: ("✗", "value")}
"""Another value than expected; all other outcomes are stops: exceptions and limits."""


@dataclass(frozen=True, slots=True)
class TestView:
    """One test on the page."""

    text: str
    is_kept: bool
    fate: str
    """Why it was dropped; empty for a kept test."""
    truth: str
    """``truly right``, ``truly wrong``, or empty where it is not known."""
    kind: str
    """``right``, ``wrong`` or ``none``: the colour of the truth."""
    number: int | None
    """Its column in the matrix; ``None`` for a dropped test."""


@dataclass(frozen=True, slots=True)
class CellView:
    """One outcome in the matrix."""

    mark: str
    kind: str
    title: str


@dataclass(frozen=True, slots=True)
class ProgramView:
    """One program on the page."""

    number: int
    program: str
    cells: Sequence[CellView]
    more_cells: int
    rate: str
    kind: str
    """Colour of the rate: ``right`` if all kept tests pass."""
    score: str


@dataclass(frozen=True, slots=True)
class ExampleView:
    """One question on the page."""

    id: str
    anchor: str
    question: str
    kept: Sequence[TestView]
    dropped: Sequence[TestView]
    programs: Sequence[ProgramView]
    more_programs: int
    summary: str


def example_views(examples: Sequence[Example]) -> list[ExampleView]:
    """Return the first examples as the page shows them."""
    return [_example(number, example) for number, example in enumerate(examples[:MAX_EXAMPLES], 1)]


def shortened(text: str, most: int = MAX_CHARS) -> str:
    """Return the text, cut after ``most`` characters with a note of how many are left out."""
    return text if len(text) <= most else f"{text[:most]}\n[… {len(text) - most:,} more characters]"


def _example(number: int, example: Example) -> ExampleView:
    tests: list[TestView] = []
    column = 0
    for test in example.tests:
        column += test.kept
        tests.append(_test(test, column if test.kept else None))
    kept, dropped = [test for test in tests if test.is_kept], [test for test in tests if not test.is_kept]
    programs = [_program(at, program) for at, program in enumerate(example.programs[:MAX_PROGRAMS], 1)]
    all_pass = sum(program.pass_rate == 1 for program in example.programs)
    passes = f", {all_pass} of {len(example.programs)} programs pass them all" if kept else ""
    summary = f"{len(kept)} of {len(tests)} tests kept{passes}"
    return ExampleView(
        id=example.id,
        anchor=f"example-{number}",
        question=shortened(example.question),
        kept=kept,
        dropped=dropped,
        programs=programs,
        more_programs=len(example.programs) - len(programs),
        summary=summary,
    )


def _test(test: ExampleTest, number: int | None) -> TestView:
    fate = "" if test.kept else test.reason or "no reason is recorded"
    truths = {True: ("truly right", "right"), False: ("truly wrong", "wrong"), None: ("", "none")}
    truth, kind = truths[test.truly_right]
    return TestView(shortened(test.text, MAX_TEST_CHARS), test.kept, fate, truth, kind, number)


def _program(number: int, program: ExampleProgram) -> ProgramView:
    rate = program.pass_rate
    return ProgramView(
        number=number,
        program=shortened(program.program),
        cells=[_cell(at, outcome) for at, outcome in enumerate(program.outcomes[:MAX_COLUMNS], 1)],
        more_cells=max(len(program.outcomes) - MAX_COLUMNS, 0),
        rate="no verdict" if rate is None else f"{percent(rate)} %",
        kind="none" if rate is None else "right" if rate == 1 else "wrong",
        score=NOT_MEASURED if program.score is None else f"{program.score:.2f}".replace("-", "−"),
    )


def _cell(number: int, outcome: str) -> CellView:
    mark, kind = {**_MARKS, **_FAILED}.get(outcome, ("!", "stop"))  # type: ignore[call-overload]
    return CellView(mark, kind, f"test {number}: {outcome.replace('_', ' ')}")
