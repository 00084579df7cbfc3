"""Defines the command ``acecoder evaluate``: its options and output. ``clients.evaluation.run`` does the work."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from clients.cli.options import ExecuteOptions, with_execute_options
from clients.contract import Isolation, Limits
from clients.evaluation import Curve, Estimate, Selector, compute_curves, run
from clients.progress import console, interruptible, progress_bar
from clients.version import __version__

_COLUMN_CHARS = 16  # used when stdout is no terminal, so no width is known; "agreement" and "(oracle)" fit

Problems = Annotated[
    Path, typer.Argument(help="File of problems with their tests.", exists=True, dir_okay=False)
]
Samples = Annotated[
    Path,
    typer.Argument(
        help="File of samples: rows of task_id with solution or completion.", exists=True, dir_okay=False
    ),
]
Out = Annotated[Path, typer.Option("--out", "-o", help="Output folder: new, empty, or of an earlier run.")]
Imagined = Annotated[
    Path | None,
    typer.Option(
        help="File of other tests of the problems; selectors see only these.", exists=True, dir_okay=False
    ),
]
Select = Annotated[
    list[str] | None,
    typer.Option(
        help="How to pick a sample: pass_rate, agreement, overlap, majority, consensus, rm; posterior is the "
        "same rule as consensus. "
        "Write pass_rate+rm to break ties of the first by the second. May be given several times."
    ),
]
Draws = Annotated[
    int, typer.Option(min=1, help="Random draws of N samples, for selectors that are measured by drawing.")
]
Seed = Annotated[int, typer.Option(help="Seed of the draws and of the intervals.")]
UnittestIsolation = Annotated[
    Isolation,
    typer.Option(
        help="Where tests that are classes of unittest run (BigCodeBench): apart from the program, or in its "
        "process, which tests that patch what it uses need, and where a dishonest program can pass."
    ),
]


@with_execute_options
def evaluate(
    problems: Problems,
    samples: Samples,
    *,
    out: Out,
    imagined: Imagined = None,
    select: Select = None,
    draws: Draws = 100,
    seed: Seed = 0,
    unittest_isolation: UnittestIsolation = Isolation.SEPARATE,
    options: ExecuteOptions,
) -> None:
    """Measure many samples of many problems: the first, the average, the best, and the one a selector picks of N."""
    names = select or (["posterior"] if imagined else ["pass_rate"])
    selectors = [Selector.named(name, imagined=imagined is not None) for name in dict.fromkeys(names)]
    run.prepare_output_dir(out, problems, samples, imagined)
    with (
        interruptible("finished verdicts are kept; run the command again to judge the rest"),
        progress_bar() as progress,
    ):
        evaluation = run.judge_files(
            problems, samples, imagined, out, selectors=selectors, config=options.config,
            options=options.request_options(), progress=progress, unittest_isolation=unittest_isolation,
        )  # fmt: skip
    run.write_results(evaluation, selectors, out, problems)
    drawn = compute_curves(evaluation.problems, selectors, draws=draws, seed=seed)
    run.write_curves(evaluation, drawn, out)
    for label, count in evaluation.counts.items():
        console.print(f"{count} {label}", soft_wrap=True)
    _print_table(drawn)
    _write_report(evaluation, selectors, drawn, out, samples.name, _settings(options, draws, seed))


def _settings(options: ExecuteOptions, draws: int, seed: int) -> dict[str, str]:
    """Return what the run used, for the report."""
    used = options.request_options()
    limits = used["limits"]
    return {
        "version": __version__,
        "environment": options.environment,
        "limits": limits.model_dump_json() if isinstance(limits, Limits) else str(limits),
        "program's state between tests": options.state.value,
        "after a time-out": options.on_timeout.value,
        "weak tests": options.weak_tests.value,
        "draws of N samples": str(draws),
        "seed": str(seed),
    }


def _write_report(
    evaluation: run.Evaluation, selectors: Sequence[Selector], drawn: Sequence[Curve], out: Path, name: str,
    settings: dict[str, str],
) -> None:  # fmt: skip
    try:
        from clients.evaluation import report  # noqa: PLC0415 - needs an extra; the message below names it
    except ImportError as error:
        console.print(
            rf"no report.html ({error.name} is missing): install acecoder-services\[report]", soft_wrap=True
        )
        return
    page = report.html(
        f"Evaluation of {name}", evaluation.problems, selectors, drawn, evaluation.counts, settings
    )
    (out / "report.html").write_text(page, encoding="utf-8")


def _print_table(drawn: Sequence[Curve]) -> None:
    """Print one row for each N: the percentage of problems, and its interval."""
    table = Table(title="Problems solved by one of N samples, %, with 95 % intervals over problems")
    for name in ("N", "problems", *(curve.label for curve in drawn)):
        table.add_column(name, overflow="fold")
    for point in drawn[1].points:  # the average has a point for every N
        cells = [_cell(curve.at(point.n)) for curve in drawn]
        table.add_row(str(point.n), str(point.share.problems), *cells)
    piped = None if sys.stdout.isatty() else _COLUMN_CHARS * (len(drawn) + 2)
    screen = Console(highlight=False, width=piped)
    screen.print(table)
    screen.print(
        "oracle: upper bound, at least one of N is right; (oracle): chosen by the tests that also grade the samples, "
        "which in practice a selector does not have",
        soft_wrap=True,
    )


def _cell(share: Estimate | None) -> str:
    return f"{100 * share.mean:.1f}\n{100 * share.low:.0f}–{100 * share.high:.0f}" if share else ""
