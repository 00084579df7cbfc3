"""Draws the life of one question as an SVG: its text, its tests and what became of each, its programs. Pure.

A row of the picture is a test, a column a program; a filled cell is a pass. Kept tests come first, then dropped ones by
reason. Texts of models are escaped and shortened. The picture follows the reader's light or dark mode.

Not promised: every test and program of a large row. The picture shows some tests for each reason for a drop, and
says how many it leaves out.
"""

import re
import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from clients.contract import Outcome, ProgramRole, SynthProgram, SynthRow, SynthTest

MAX_KEPT, MAX_DROPPED, MAX_OF_ONE_REASON = 10, 12, 3
"""Most kept tests, dropped tests, and dropped tests of one reason in a picture: it is then about a screen high in a
README."""
MAX_SOLVERS, MAX_SAMPLES = 8, 16
"""The defaults of the stages ``filter`` and ``sample``."""
MAX_LINES = 8
"""Lines of the question."""
_WIDTH = 912
"""Units of the picture's width, of which a letter has 12 in height. GitHub shows a README 830 to 1012 pixels wide."""
_LEFT = 16
_LINE = 21
_CELL, _STEP, _GAP = 11, 13, 12  # a cell, from cell to cell, between solvers and samples
_FATE_X, _MATRIX_X = 408, 568
_TEST_CHARS = 53  # as many as stand before the fate
_SIGNATURE_BLOCK = re.compile(r"(?<!\s)\s*Signature:\s*```python\n.*?\n```", re.DOTALL)
"""What the stage ``rewrite`` puts at the end of a question; the picture has it as its title."""
_CONTINUED = re.compile(r"(?<=[\w,;])[ \t]*\n[ \t]*(?=[a-z])")
"""A line break within a sentence."""
_WRAP_CHARS = 120
_STYLE = """
:root{--ground:#ffffff;--text:#1f2328;--soft:#59636e;--line:#d1d9e0;--kept:#1a7f37;--dropped:#bc4c00;--pass:#2f6fb0;--fail:#e6eaef}
@media(prefers-color-scheme:dark){:root{--ground:#0d1117;--text:#e6edf3;--soft:#9198a1;--line:#3d444d;--kept:#3fb950;
--dropped:#f0883e;--pass:#58a6ff;--fail:#2a313c}}
text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:var(--text)}
.title{font-size:14px;font-weight:600}.prose{font:13.5px system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif}
.head{font:600 12px system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif;fill:var(--soft)}
.soft{fill:var(--soft)}.kept{fill:var(--kept)}.dropped{fill:var(--dropped)}
.note{font:12px system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif;fill:var(--soft)}
.ground{fill:var(--ground)}.line{stroke:var(--line)}.pass{fill:var(--pass)}.fail{fill:var(--fail)}
.none{fill:none;stroke:var(--fail)}
""".strip()


def life_svg(row: SynthRow) -> str:
    """Return the picture of ``row`` as SVG.

    Raises:
        ValueError: the row has no question.
    """
    if row.question is None:
        raise ValueError(f"row {row.id!r} has no question; nothing can be drawn")
    picture = _Picture()
    for line in _signature_lines(row):
        picture.text(_LEFT, line, "title")
    picture.skip(0.15)
    for line in _question_lines(row):
        picture.text(_LEFT, line, "prose")
    columns = _columns(row)
    kept, dropped = _chosen_tests(row)
    picture.rule()
    _heads(picture, row, columns)
    _section(picture, row, kept, columns)
    _rates(picture, columns)
    if dropped:
        picture.skip(0.4)
        picture.text(_LEFT, f"{len(row.tests) - len(row.kept)} dropped: {_reasons(row)}", "head")
        _section(picture, row, dropped, columns)
    _legend(picture, row, len(kept) + len(dropped), len(columns))
    return picture.svg()


@dataclass(frozen=True, slots=True)
class _Column:
    """One program and where it is drawn."""

    program: SynthProgram
    x: float


class _Picture:
    """Collects shapes from top to bottom."""

    def __init__(self) -> None:
        self._shapes: list[str] = []
        self.y = 30.0

    def skip(self, lines: float) -> None:
        self.y += lines * _LINE

    def text(
        self, x: float, content: str, kind: str = "", *, stay: bool = False, anchor: str = "start"
    ) -> None:
        at = "" if anchor == "start" else f' text-anchor="{anchor}"'
        self._shapes.append(
            f'<text x="{x:.0f}" y="{self.y:.0f}" class="{kind}"{at}>{_escape(content)}</text>'
        )
        if not stay:
            self.skip(1)

    def rule(self) -> None:
        y = self.y - 4
        self._shapes.append(f'<path d="M{_LEFT} {y:.0f}H{_WIDTH - _LEFT}" class="line"/>')
        self.skip(0.9)

    def cell(self, x: float, kind: str, title: str) -> None:
        self._shapes.append(
            f'<rect x="{x:.1f}" y="{self.y - 10:.0f}" width="{_CELL}" height="{_CELL}" rx="2" class="{kind}">'
            f"<title>{_escape(title)}</title></rect>"
        )

    def bar(self, x: float, share: float, title: str) -> None:
        """Draw a share as a bar of the width of a cell."""
        height = max(round(_LINE * share), 1)
        self._shapes.append(
            f'<rect x="{x:.1f}" y="{self.y - height:.0f}" width="{_CELL}" height="{height}" class="kept">'
            f"<title>{_escape(title)}</title></rect>"
        )

    def svg(self) -> str:
        body = "\n".join(self._shapes)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" xml:space="preserve" role="img" '
            f'viewBox="0 0 {_WIDTH} {self.y:.0f}">'
            f'<style>{_STYLE}</style><rect width="100%" height="100%" rx="6" class="ground"/>\n{body}\n</svg>\n'
        )


def _signature_lines(row: SynthRow) -> list[str]:
    assert row.question is not None
    title = row.question.signature or row.question.entry_point or row.id
    return textwrap.wrap(title, 108, subsequent_indent="    ")[:2]


def _question_lines(row: SynthRow) -> list[str]:
    assert row.question is not None
    text = _SIGNATURE_BLOCK.sub("", row.question.text)
    lines = [
        line
        for paragraph in _CONTINUED.sub(" ", text).splitlines()
        if paragraph.strip() != row.question.signature.strip()  # it is the title
        for line in textwrap.wrap(paragraph.strip(), _WRAP_CHARS)
    ]
    return lines if len(lines) <= MAX_LINES else [*lines[: MAX_LINES - 1], "…"]


def _columns(row: SynthRow) -> list[_Column]:
    """Return solvers, then samples, each from the best to the worst on the kept tests."""
    columns, x = [], float(_MATRIX_X)
    for role, most in ((ProgramRole.SOLVER, MAX_SOLVERS), (ProgramRole.SAMPLE, MAX_SAMPLES)):
        programs = [program for program in row.programs if program.role is role]
        programs.sort(key=lambda program: -_passed(row, program))
        for program in programs[:most]:
            columns.append(_Column(program, x))
            x += _STEP
        x += _GAP if programs else 0
    return columns


def _passed(row: SynthRow, program: SynthProgram) -> int:
    return sum(_outcome(program, position) is Outcome.PASSED for position in row.kept)


def _outcome(program: SynthProgram, position: int) -> Outcome | None:
    return program.outcomes[position] if position < len(program.outcomes) else None


def _chosen_tests(row: SynthRow) -> tuple[list[int], list[int]]:
    """Return the positions of the kept tests and of the dropped ones that are drawn: of each reason the first ones."""
    chosen: list[int] = []
    of_reason: Counter[str] = Counter()
    for position, test in enumerate(row.tests):
        if test.dropped is not None and of_reason[test.dropped] < MAX_OF_ONE_REASON:
            of_reason[test.dropped] += 1
            chosen.append(position)
    reasons = list(of_reason)
    chosen = chosen[:] if len(chosen) <= MAX_DROPPED else _one_by_one(row, chosen)[:MAX_DROPPED]
    chosen.sort(key=lambda position: (reasons.index(str(row.tests[position].dropped)), position))
    return row.kept[:MAX_KEPT], chosen


def _one_by_one(row: SynthRow, positions: Sequence[int]) -> list[int]:
    """Return the positions in an order that takes one of each reason, then a second of each, and so on."""
    ranks: Counter[str] = Counter()
    ranked = []
    for position in positions:
        reason = str(row.tests[position].dropped)
        ranked.append((ranks[reason], position))
        ranks[reason] += 1
    return [position for _, position in sorted(ranked)]


def _reasons(row: SynthRow) -> str:
    counts = Counter(str(test.dropped) for test in row.tests if test.dropped is not None)
    return ", ".join(f"{count} {reason}" for reason, count in counts.most_common())


def _heads(picture: _Picture, row: SynthRow, columns: Sequence[_Column]) -> None:
    made = Counter(str(test.origin) for test in row.tests)
    origins = ", ".join(f"{count} {origin}" for origin, count in made.most_common())
    picture.text(_LEFT, f"{len(row.kept)} of {len(row.tests)} tests kept ({origins})", "head", stay=True)
    picture.text(_FATE_X, "what became of it", "head", stay=True)
    for role, label in ((ProgramRole.SOLVER, "solvers"), (ProgramRole.SAMPLE, "samples")):
        xs = [column.x for column in columns if column.program.role is role]
        if xs:
            count = sum(program.role is role for program in row.programs)
            picture.text(xs[0], f"{count} {label}", "head", stay=True)
    picture.skip(1)


def _section(picture: _Picture, row: SynthRow, positions: Sequence[int], columns: Sequence[_Column]) -> None:
    for position in positions:
        test = row.tests[position]
        kind = "kept" if test.dropped is None else "dropped"
        picture.text(_LEFT, _shown(test), "" if test.dropped is None else "soft", stay=True)
        picture.text(_FATE_X, _fate(test), kind, stay=True)
        for column in columns:
            picture.cell(column.x, *_cell(column.program, position))
        picture.skip(1)


def _fate(test: SynthTest) -> str:
    """Return what became of a test, with the probability that it is right and, of a kept one, an unusual origin."""
    probability = "" if test.probability is None else f" {100 * test.probability:.0f} %"
    return f"{test.dropped or f'kept, {test.origin}'}{probability}"


def _cell(program: SynthProgram, position: int) -> tuple[str, str]:
    outcome = _outcome(program, position)
    if outcome is None:
        return "none", "not judged"
    label = f"{program.role} {program.model}: {outcome}"
    if position in program.decided_by_program:
        label += ", decided by the program alone"
    return ("pass" if outcome is Outcome.PASSED else "fail"), label


def _rates(picture: _Picture, columns: Sequence[_Column]) -> None:
    """Draw the pass rates of the samples as bars."""
    rated = [(column, column.program.pass_rate) for column in columns if column.program.pass_rate is not None]
    if not rated:
        return
    picture.skip(0.3)
    solved = sum(rate == 1 for _, rate in rated)
    picture.text(_LEFT, f"pass rates by the kept tests; {solved} of {len(rated)} pass all", "soft", stay=True)
    for column, rate in rated:
        picture.bar(column.x, rate, f"{100 * rate:.0f} %")
    picture.skip(1)


def _legend(picture: _Picture, row: SynthRow, tests: int, programs: int) -> None:
    picture.rule()
    picture.cell(_LEFT, "pass", "passed")
    picture.text(_LEFT + 18, "passed", "note", stay=True)
    picture.cell(_LEFT + 74, "fail", "not passed")
    picture.text(_LEFT + 92, "not passed", "note", stay=True)
    picture.cell(_LEFT + 170, "none", "not judged")
    picture.text(_LEFT + 188, "not judged", "note", stay=True)
    picture.text(_LEFT + 266, "%: how probable it is that the test is right", "note", stay=True)
    left_out = [
        f"{count} {noun}"
        for count, noun in ((len(row.tests) - tests, "tests"), (len(row.programs) - programs, "programs"))
        if count
    ]
    if left_out:
        picture.text(_WIDTH - _LEFT, f"not drawn: {' and '.join(left_out)}", "note", stay=True, anchor="end")
    picture.skip(0.7)


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
