"""Draws the life of one question as an SVG: its text, its tests and what became of each, its programs. Pure.

A row of the picture is a test, a column a program; a filled cell is a pass. Texts of models are escaped and shortened.
Not promised: every test and program of a large row. The picture says how many are left out.
"""

import textwrap
from collections.abc import Iterator
from html import escape

from clients.contract import Outcome, ProgramRole, SynthProgram, SynthRow, SynthTest

MAX_TESTS, MAX_PROGRAMS, MAX_LINES = 30, 24, 9
"""What one picture shows: a page of a README."""
_TEST_CHARS = 62
_LINE = 20  # pixels from one line of text to the next
_CELL = 16
_LEFT, _MATRIX, _WIDTH = 16, 500, 1220
_FATE = 140  # pixels of the longest fate, "contradiction 100 %"
_KEPT, _DROPPED, _PASSED, _FAILED = "#1a7f37", "#b35900", "#4477aa", "#e8ebef"
_STYLE = (
    "text{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:12px;fill:#24292f}"
    ".t{font-size:14px;font-weight:600}.q{font-family:system-ui,sans-serif;font-size:13px}.s{fill:#57606a}"
    ".r{font-size:8px;fill:#57606a}"  # three digits in the width of a cell
)


def life_svg(row: SynthRow) -> str:
    """Return the picture of ``row`` as SVG.

    Raises:
        ValueError: the row has no question.
    """
    if row.question is None:
        raise ValueError(f"row {row.id!r} has no question; nothing can be drawn")
    picture = _Picture()
    picture.text(_LEFT, row.question.signature or row.question.entry_point or row.id, "t")
    for line in _question_lines(row):
        picture.text(_LEFT, line, "q")
    tests, programs = row.tests[:MAX_TESTS], _programs(row)
    picture.skip(1.6)
    _heads(picture, programs)
    for position, test in enumerate(tests):
        _test_line(picture, test, [_cell(program, position) for program in programs])
    _rates(picture, programs)
    _legend(picture)
    left_out = [
        f"{count} more {noun}"
        for count, noun in (
            (len(row.tests) - len(tests), "tests"),
            (len(row.programs) - len(programs), "programs"),
        )
        if count
    ]
    if left_out:
        picture.text(_LEFT, f"({' and '.join(left_out)} are not shown)", "s")
    return picture.svg()


class _Picture:
    """Collects shapes from top to bottom."""

    def __init__(self) -> None:
        self._shapes: list[str] = []
        self.y = 28.0

    def skip(self, lines: float) -> None:
        self.y += lines * _LINE

    def text(self, x: float, content: str, kind: str = "", *, colour: str = "", stay: bool = False) -> None:
        fill = f' style="fill:{colour}"' if colour else ""
        self._shapes.append(f'<text x="{x}" y="{self.y:.0f}" class="{kind}"{fill}>{_escape(content)}</text>')
        if not stay:
            self.skip(1)

    def turned(self, x: float, content: str) -> None:
        at = f"{x:.0f} {self.y:.0f}"
        self._shapes.append(
            f'<text x="{x:.0f}" y="{self.y:.0f}" class="s" transform="rotate(-50 {at})">{_escape(content)}</text>'
        )

    def cell(self, column: int, colour: str, title: str) -> None:
        x, y = _MATRIX + column * (_CELL + 3), self.y - 13
        self._shapes.append(
            f'<rect x="{x}" y="{y:.0f}" width="{_CELL}" height="{_CELL}" rx="3" fill="{colour}">'
            f"<title>{_escape(title)}</title></rect>"
        )

    def svg(self) -> str:
        body = "\n".join(self._shapes)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" xml:space="preserve" role="img" '
            f'viewBox="0 0 {_WIDTH} {self.y + 8:.0f}">'
            f'<style>{_STYLE}</style><rect width="100%" height="100%" fill="#ffffff"/>\n{body}\n</svg>\n'
        )


def _question_lines(row: SynthRow) -> list[str]:
    assert row.question is not None
    lines = [
        line
        for paragraph in row.question.text.splitlines()
        for line in (textwrap.wrap(paragraph, 150) or [""])
    ]
    return lines if len(lines) <= MAX_LINES else [*lines[: MAX_LINES - 1], "…"]


def _programs(row: SynthRow) -> list[SynthProgram]:
    """Return solvers, then samples, each from the best to the worst."""

    def order(program: SynthProgram) -> tuple[bool, float]:
        passed = sum(outcome is Outcome.PASSED for outcome in program.outcomes)
        return program.role is not ProgramRole.SOLVER, -passed

    return sorted(row.programs, key=order)[:MAX_PROGRAMS]


def _heads(picture: _Picture, programs: list[SynthProgram]) -> None:
    picture.text(_LEFT, "test", "s", stay=True)
    for column, program in enumerate(programs):
        picture.turned(_MATRIX + column * (_CELL + 3) + 6, str(program.role))
    x = _MATRIX + len(programs) * (_CELL + 3) + 14
    picture.text(x, "what became of it", "s", stay=True)
    picture.text(x + _FATE, "origin", "s")


def _test_line(picture: _Picture, test: SynthTest, cells: list[tuple[str, str]]) -> None:
    picture.text(_LEFT, _shown(test), "" if test.dropped is None else "s", stay=True)
    for column, (colour, title) in enumerate(cells):
        picture.cell(column, colour, title)
    probability = "" if test.probability is None else f" {100 * test.probability:.0f} %"
    fate = f"{test.dropped or 'kept'}{probability}"
    colour = _KEPT if test.dropped is None else _DROPPED
    x = _MATRIX + len(cells) * (_CELL + 3) + 14
    picture.text(x, fate, colour=colour, stay=True)
    picture.text(x + _FATE, str(test.origin), "s")


def _cell(program: SynthProgram, position: int) -> tuple[str, str]:
    outcome = program.outcomes[position] if position < len(program.outcomes) else None
    if outcome is None:
        return "#ffffff", "not judged"
    return (_PASSED if outcome is Outcome.PASSED else _FAILED), str(outcome)


def _rates(picture: _Picture, programs: list[SynthProgram]) -> None:
    if not any(program.pass_rate is not None for program in programs):
        return
    picture.text(_LEFT, "pass rate by the kept tests, in per cent", "s", stay=True)
    for column, program in enumerate(programs):
        if program.pass_rate is not None:
            x = _MATRIX + column * (_CELL + 3) - 1
            picture.text(x, f"{100 * program.pass_rate:.0f}", "r", stay=True)
    picture.skip(1)


def _legend(picture: _Picture) -> None:
    picture.skip(0.4)
    for column, (colour, label) in enumerate(((_PASSED, "passed"), (_FAILED, "not passed"))):
        picture.cell(6 * column, colour, label)
        picture.text(_MATRIX + (6 * column + 1) * (_CELL + 3) + 2, label, "s", stay=True)
    picture.text(_MATRIX + 13 * (_CELL + 3), "no cell: not judged; per cent: that the test is right", "s")


def _shown(test: SynthTest) -> str:
    if test.io is not None:
        text = f"{test.io.stdin.strip()!r} → {(test.io.stdout or '').strip()!r}"
    else:
        text = test.source.strip().replace("\n", "⏎")
    return text if len(text) <= _TEST_CHARS else f"{text[: _TEST_CHARS - 1]}…"


def _escape(text: str) -> str:
    return escape("".join(_printable(text)))


def _printable(text: str) -> Iterator[str]:
    """Yield the characters that XML allows and a reader sees; others as escapes."""
    for letter in text:
        yield letter if letter.isprintable() else f"\\u{ord(letter):04x}"
