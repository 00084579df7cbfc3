"""Defines the command ``acecoder loop``, which joins the command line as a package entry point (``pyproject.toml``)."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from clients.progress import interruptible

app = typer.Typer()
console = Console(stderr=True, highlight=False, soft_wrap=True)


@app.command()
def loop(
    config: Annotated[Path, typer.Argument(help="Configuration file (YAML).", exists=True, dir_okay=False)],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="Folder of the run. Default: the configuration's name without .yaml."
        ),
    ] = None,
    until: Annotated[str, typer.Option(metavar="STEP", help="Last step to run. Default: all.")] = "",
    restart: Annotated[
        str,
        typer.Option(
            metavar="STEP", help="Step to repeat, with all that depends on it; its files are removed."
        ),
    ] = "",
) -> None:
    """Run synthesis, reward model, best-of-N and RL from one file, and write a report; or resume.

    Ctrl-C or a crash loses no finished step, and the same command goes on.
    """
    from loop.config import read_loop_config  # noqa: PLC0415 - `acecoder --help` stays fast
    from loop.run import check_run_folder, run_loop  # noqa: PLC0415
    from loop.services.process import ServiceError  # noqa: PLC0415
    from loop.step_process import StepFailedError  # noqa: PLC0415
    from loop.steps.registry import STEPS  # noqa: PLC0415
    from loop.view import loop_view  # noqa: PLC0415

    folder = out or config.with_suffix("")
    try:
        settings = read_loop_config(config)
        check_run_folder(folder, settings)
        with (
            interruptible(f"what is finished is in {folder}; the same command resumes"),
            loop_view(console, {entry.name: entry.title for entry in STEPS}) as view,
        ):
            run_loop(settings, folder, view, until=until, restart=restart)
    except (ValueError, OSError, ServiceError, StepFailedError) as error:
        console.print(f"[red]acecoder loop:[/] {_escaped(error)}")
        raise typer.Exit(1) from None
    report = folder / "report.html"
    if report.exists():
        console.print(f"the report is {report}")


def _escaped(error: Exception) -> str:
    from rich.markup import escape  # noqa: PLC0415

    return escape(str(error))
