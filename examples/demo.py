"""Runs the demo: starts the stack on this machine, judges the bundled sample, prints a table and stops.

    python -m examples.demo

The exit status is 1 if any program gets a verdict that differs from the one its author wrote beside it.
"""

import os
import sys
import time
from collections import Counter
from dataclasses import dataclass

from rich import box
from rich.console import Console
from rich.progress import track
from rich.table import Table

from acecoder import CandidateResult, Executor, Outcome, Status
from acecoder.selection import rank
from examples import sample
from examples.sample import LabelledProgram, SampleProblem

SHORT = {
    Outcome.WRONG_ANSWER: "wrong",
    Outcome.RUNTIME_ERROR: "error",
    Outcome.TIME_LIMIT: "time",
    Outcome.MEMORY_LIMIT: "memory",
    Outcome.OUTPUT_LIMIT: "output",
    Outcome.SYNTAX_ERROR: "syntax",
    Outcome.NOT_RUN: "not run",
}
"""Names, in the table, of the outcomes that are not passes."""


WIDTH = 130
"""Columns of the output if stdout is not a terminal, which would give its own width."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A program with the verdict that its author expects and the verdict that it got."""

    program: LabelledProgram
    result: CandidateResult

    @property
    def source(self) -> str:
        """The program that was judged."""
        extraction = self.result.extraction
        return extraction.program if extraction else self.program.candidate.program or ""

    @property
    def passes(self) -> int | None:
        """Tests passed; ``None`` without a verdict."""
        if self.result.status is not Status.JUDGED:
            return None
        return sum(test.outcome is Outcome.PASSED for test in self.result.tests)

    @property
    def as_labelled(self) -> bool:
        """Whether the verdict is the expected one."""
        return self.passes == self.program.passes


def main() -> int:
    """Run the demo. Return exit status 0 if every verdict is the expected one, else 1."""
    from services.executor.local.stack import LocalStack, StackError

    console = Console()
    if not console.is_terminal:
        console.width = WIDTH
    problems = sample.load()
    workers = os.cpu_count() or 1
    console.print(f"Starting Redis, the service and {workers} workers ...")
    try:
        with LocalStack(workers=workers) as stack:
            start = time.perf_counter()
            judged = judge(problems, stack.url, console)
            took_s = time.perf_counter() - start
    except StackError as error:
        console.print(f"the demo cannot start: {error}", markup=False, soft_wrap=True)
        return 1
    console.print(table(problems, judged))
    return summary(judged, took_s, console)


def judge(problems: list[SampleProblem], url: str, console: Console) -> dict[str, list[Judged]]:
    """Judge all programs of all problems in one request. Return the judged programs by suite, in request order."""
    programs = [program for problem in problems for program in problem.programs]
    suites = [problem.suite for problem in problems]
    judged: dict[str, list[Judged]] = {suite.id: [] for suite in suites}
    with Executor(url) as executor:
        stream = executor.stream([program.candidate for program in programs], suites, limits=sample.LIMITS)
        for result in track(stream, "Judging", total=len(programs), console=console):
            judged[result.suite].append(Judged(programs[result.index], result))
    for row in judged.values():
        row.sort(key=lambda entry: entry.result.index)
    return judged


def table(problems: list[SampleProblem], judged: dict[str, list[Judged]]) -> Table:
    """Return a table with one row per problem."""
    rows = Table(title="Pass rates and best-of-N", box=box.SIMPLE_HEAD)
    rows.add_column("problem", no_wrap=True)
    for name in ("N", "tests", "mean"):
        rows.add_column(name, justify="right")
    rows.add_column("any right")
    rows.add_column("best-of-N picks", no_wrap=True, max_width=34)
    for name in ("right?", "failed tests", "hostile"):
        rows.add_column(name)
    for problem in problems:
        row = judged[problem.suite.id]
        rates = [entry.result.pass_rate for entry in row if entry.result.pass_rate is not None]
        winner = rank([entry.result for entry in row], [entry.source for entry in row]).winner
        pick = row[winner] if winner is not None else None
        rows.add_row(
            problem.suite.id,
            str(len(row)),
            str(problem.suite.size),
            f"{sum(rates) / max(len(rates), 1):.2f}",
            _yes_or_no(any(rate == 1 for rate in rates)),
            pick.program.title if pick else "no verdicts",
            _yes_or_no(pick is not None and pick.program.passes == problem.suite.size),
            _failed_tests(row),
            _hostile(row),
        )
    return rows


def summary(judged: dict[str, list[Judged]], took_s: float, console: Console) -> int:
    """Print the totals and every verdict that is not the expected one. Return the exit status."""
    entries = [entry for row in judged.values() for entry in row]
    hostile = [entry for entry in entries if entry.program.kind == "hostile"]
    rewarded = [entry for entry in hostile if entry.passes]
    console.print(
        f"{len(entries)} programs in {took_s:.1f} s, {len(entries) / took_s:.0f} programs/s "
        f"(endless loops and sleeping programs included). {len(hostile)} hostile programs; {len(rewarded)} of them "
        f"passed a test."
    )
    wrong = [entry for entry in entries if not entry.as_labelled]
    for entry in wrong:
        got = f"no verdict ({entry.result.detail})" if entry.passes is None else f"{entry.passes} passed"
        console.print(
            f"Unexpected verdict: {entry.result.id}: {entry.program.passes} passes expected, {got}",
            markup=False,
        )
    if not wrong:
        console.print("Every verdict is the one that the program's author expects.")
    return 1 if wrong else 0


def _yes_or_no(is_true: bool) -> str:
    return "[green]yes[/]" if is_true else "[red]no[/]"


def _failed_tests(row: list[Judged]) -> str:
    counts = Counter(test.outcome for entry in row for test in entry.result.tests)
    return ", ".join(f"{counts[outcome]} {word}" for outcome, word in SHORT.items() if counts[outcome])


def _hostile(row: list[Judged]) -> str:
    hostile = [entry for entry in row if entry.program.kind == "hostile"]
    earned = sum(bool(entry.passes) for entry in hostile)
    return (
        f"[red]{earned} of {len(hostile)} earned[/]"
        if earned
        else f"{len(hostile)}, earned 0"
        if hostile
        else ""
    )


if __name__ == "__main__":
    sys.exit(main())
