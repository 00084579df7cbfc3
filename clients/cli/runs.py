"""Defines ``acecoder runs``: lists what a key has in progress by run, and cancels a run."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from clients.cli.options import Url
from clients.contract import RunInfo
from clients.executor import Executor

app = typer.Typer(
    help="List the runs of this key that have requests in progress, or cancel one.",
    invoke_without_command=True,
)


@app.callback()
def list_runs(context: typer.Context, url: Url = None) -> None:
    """List the runs of this key that have requests in progress, the oldest first; or cancel one."""
    context.obj = url
    if context.invoked_subcommand is not None:
        return
    with Executor(url) as executor:
        infos = executor.runs()
    if not infos:
        typer.echo("nothing is in progress")
        return
    table = Table("run", "requests", "candidates", "answered", "waiting", "age")
    for info in infos:
        table.add_row(
            info.run or "(no run)",
            *(str(number) for number in (info.executions, info.total, info.done, info.waiting)),
            f"{info.age_s:.0f} s",
        )
    Console().print(table)


@app.command()
def cancel(
    context: typer.Context,
    run: Annotated[str, typer.Argument(help="Name of the run.")],
    url: Url = None,
) -> None:
    """Cancel all requests and jobs of a run that are in progress. Stop its client first, or it sends more."""
    with Executor(url or context.obj) as executor:
        typer.echo(cancelled_text(executor.cancel_run(run)))


def cancelled_text(info: RunInfo) -> str:
    """Return in words what was cancelled."""
    requests = "1 request" if info.executions == 1 else f"{info.executions} requests"
    return f"cancelled {requests} of run {info.run}: {info.done} of {info.total} candidates had a result"
