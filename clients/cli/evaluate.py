"""The command ``acecoder evaluate``: what may be typed, and what is shown. ``clients.evaluation.run`` does the work."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from clients.cli.options import ExecuteOptions, with_execute_options
from clients.evaluation import run
from clients.evaluation.curves import Curve, Selector, compute_curves
from clients.evaluation.estimators import Estimate
from clients.progress import console, interruptible, progress

_COLUMN = 16  # characters, where no terminal says how wide a table may be: "agreement" and "(oracle)" fit

Problems = Annotated[Path, typer.Argument(help="Problems with their tests.", exists=True, dir_okay=False)]
Samples = Annotated[
    Path, typer.Argument(help="Rows of task_id with solution or completion.", exists=True, dir_okay=False)
]
Out = Annotated[Path, typer.Option("--out", "-o", help="A folder: new, empty, or of an earlier run.")]
Imagined = Annotated[
    Path | None, typer.Option(help="Other tests of the problems, for selectors.", exists=True, dir_okay=False)
]
Select = Annotated[
    list[str] | None,
    typer.Option(help="pass_rate, agreement, majority, posterior, rm; in order: pass_rate+rm. Repeatable."),
]
Draws = Annotated[int, typer.Option(min=1, help="Draws of N, for rules that need them.")]
Seed = Annotated[int, typer.Option(help="Decides draws and intervals.")]


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
    judging: ExecuteOptions,
) -> None:
    """Measure many samples of many problems: the first, the average, the best, and what selectors pick of N."""
    names = select or (["posterior"] if imagined else ["pass_rate"])
    selectors = [Selector.named(name, imagined=imagined is not None) for name in dict.fromkeys(names)]
    run.prepare_output_dir(out, problems, samples, imagined)
    with interruptible("the verdicts that had come are kept; run it again for the rest"), progress() as show:
        found = run.judge_files(
            problems, samples, imagined, out, selectors=selectors, config=judging.config,
            options=judging.options(), show=show,
        )  # fmt: skip
    run.write_results(found, selectors, out, problems)
    drawn = compute_curves(found.problems, selectors, draws=draws, seed=seed)
    run.write_curves(found, drawn, out)
    for what, count in found.counts.items():
        console.print(f"{count} {what}", soft_wrap=True)
    _print(drawn)
    _report(found, selectors, drawn, out, samples.name)


def _report(
    found: run.Evaluation, selectors: Sequence[Selector], drawn: Sequence[Curve], out: Path, name: str
) -> None:
    try:
        from clients.evaluation import report  # noqa: PLC0415 - needs an extra, and says so
    except ImportError as error:
        console.print(
            rf"no report.html ({error.name} is missing): install acecoder-services\[report]", soft_wrap=True
        )
        return
    page = report.html(f"Evaluation of {name}", found.problems, selectors, drawn, found.counts)
    (out / "report.html").write_text(page, encoding="utf-8")


def _print(drawn: Sequence[Curve]) -> None:
    """Print one row an N: percent of problems, and the interval."""
    table = Table(title="Problems solved by one of N samples, %, with 95 % intervals over problems")
    for name in ("N", "problems", *(curve.label for curve in drawn)):
        table.add_column(name, overflow="fold")
    for point in drawn[1].points:  # the average is there for every N
        cells = [_cell(curve.at(point.n)) for curve in drawn]
        table.add_row(str(point.n), str(point.share.problems), *cells)
    piped = None if sys.stdout.isatty() else _COLUMN * (len(drawn) + 2)
    screen = Console(highlight=False, width=piped)
    screen.print(table)
    screen.print("oracle: chosen by the tests that grade, which no selector in use can see", soft_wrap=True)


def _cell(share: Estimate | None) -> str:
    return f"{100 * share.mean:.1f}\n{100 * share.low:.0f}–{100 * share.high:.0f}" if share else ""
