"""The demo: start the stack on this machine, judge the bundled sample, show what came out, stop.

    python -m examples.demo

Exits with 1 if any program got another verdict than the one its author wrote beside it.
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

from clients import CandidateResult, Executor, Outcome, Status
from clients.selection import rank
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
"""What the table calls the outcomes that are not passes."""


WIDTH = 130
"""Columns where there is no terminal to ask."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A program, the verdict its author expects and the one it got."""

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
        """Whether the verdict is the one expected."""
        return self.passes == self.program.passes


def main() -> int:
    """Run the demo; the exit status says whether every verdict was as labelled."""
    from services.executor.local.stack import LocalStack

    console = Console()
    if not console.is_terminal:
        console.width = WIDTH
    problems = sample.load()
    workers = os.cpu_count() or 1
    console.print(f"Starting Redis, the service and {workers} workers ...")
    with LocalStack(workers=workers) as stack:
        start = time.perf_counter()
        judged = judge(problems, stack.url, console)
        took_s = time.perf_counter() - start
    console.print(table(problems, judged))
    return summary(judged, took_s, console)


def judge(problems: list[SampleProblem], url: str, console: Console) -> dict[str, list[Judged]]:
    """Judge all programs of all problems in one request; return them by suite."""
    programs = [program for problem in problems for program in problem.programs]
    suites = [problem.suite for problem in problems]
    judged: dict[str, list[Judged]] = {suite.id: [] for suite in suites}
    with Executor(url) as executor:
        stream = executor.stream([each.candidate for each in programs], suites, limits=sample.LIMITS)
        for result in track(stream, "Judging", total=len(programs), console=console):
            judged[result.suite].append(Judged(programs[result.index], result))
    for row in judged.values():
        row.sort(key=lambda each: each.result.index)
    return judged


def table(problems: list[SampleProblem], judged: dict[str, list[Judged]]) -> Table:
    """One row per problem."""
    shown = Table(title="Pass rates and best-of-N", box=box.SIMPLE_HEAD)
    shown.add_column("problem", no_wrap=True)
    for name in ("N", "tests", "mean"):
        shown.add_column(name, justify="right")
    shown.add_column("any right")
    shown.add_column("best-of-N picks", no_wrap=True, max_width=34)
    for name in ("right?", "failed tests", "hostile"):
        shown.add_column(name)
    for problem in problems:
        row = judged[problem.suite.id]
        rates = [each.result.pass_rate for each in row if each.result.pass_rate is not None]
        picked = rank([each.result for each in row], [each.source for each in row]).winner
        pick = row[picked] if picked is not None else None
        shown.add_row(
            problem.suite.id,
            str(len(row)),
            str(problem.suite.size),
            f"{sum(rates) / max(len(rates), 1):.2f}",
            _tick(any(rate == 1 for rate in rates)),
            pick.program.title if pick else "no verdicts",
            _tick(pick is not None and pick.program.passes == problem.suite.size),
            _mix(row),
            _hostile(row),
        )
    return shown


def summary(judged: dict[str, list[Judged]], took_s: float, console: Console) -> int:
    """Print the totals and every verdict that is not as labelled; return the exit status."""
    everything = [each for row in judged.values() for each in row]
    hostile = [each for each in everything if each.program.kind == "hostile"]
    fooled = [each for each in hostile if each.passes]
    console.print(
        f"{len(everything)} programs in {took_s:.1f} s, {len(everything) / took_s:.0f} programs/s "
        f"(endless loops and sleepers included). {len(hostile)} hostile programs, {len(fooled)} earned anything."
    )
    wrong = [each for each in everything if not each.as_labelled]
    for each in wrong:
        got = f"no verdict ({each.result.detail})" if each.passes is None else f"{each.passes} passed"
        console.print(
            f"Not as labelled: {each.result.id}: {each.program.passes} expected, {got}", markup=False
        )
    if not wrong:
        console.print("Every verdict is the one the program's author wrote beside it.")
    return 1 if wrong else 0


def _tick(yes: bool) -> str:
    return "[green]yes[/]" if yes else "[red]no[/]"


def _mix(row: list[Judged]) -> str:
    counts = Counter(test.outcome for each in row for test in each.result.tests)
    return ", ".join(f"{counts[outcome]} {word}" for outcome, word in SHORT.items() if counts[outcome])


def _hostile(row: list[Judged]) -> str:
    hostile = [each for each in row if each.program.kind == "hostile"]
    earned = sum(bool(each.passes) for each in hostile)
    return (
        f"[red]{earned} of {len(hostile)} earned[/]"
        if earned
        else f"{len(hostile)}, earned 0"
        if hostile
        else ""
    )


if __name__ == "__main__":
    sys.exit(main())
