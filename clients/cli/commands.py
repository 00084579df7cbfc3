"""Defines the commands of ``acecoder``: their options and what they print. ``clients.runs`` does the work.

Services add their own commands (``up``, ``doctor``, …) through the entry-point group
``acecoder.commands``: each entry is a ``typer.Typer``, named like the extra it needs. They are loaded only
when a command is not defined here, or when all commands are listed. So a service that cannot be imported
does not break the other commands.
"""

from importlib import metadata
from pathlib import Path
from typing import Annotated, Any

import stamina
import typer
from typer.core import TyperGroup

from clients.cli.evaluate import evaluate
from clients.cli.options import FileOptions, RewardOptions, with_execute_options
from clients.cli.pairs import pairs
from clients.progress import console, interruptible, progress_bar
from clients.requests import RequestOptions
from clients.runs import judge

ENTRY_POINTS = "acecoder.commands"


class _CommandGroup(TyperGroup):
    """The commands defined here, and those of the services that are installed."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401 - typer's own types are private
        command = super().get_command(ctx, cmd_name)
        return command or self._service_commands(show_missing=True).get(cmd_name)

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401 - typer's own types are private
        return sorted({*super().list_commands(ctx), *self._service_commands(show_missing=False)})

    def _service_commands(self, *, show_missing: bool) -> dict[str, Any]:
        commands: dict[str, Any] = {}
        for entry in metadata.entry_points(group=ENTRY_POINTS):
            try:
                commands |= typer.main.get_group(entry.load()).commands
            except ImportError as error:
                if show_missing:
                    console.print(
                        f"the commands of '{entry.name}' are not available ({error}): "
                        rf"install acecoder-services\[{entry.name}]",
                        soft_wrap=True,
                    )
        return commands


app = typer.Typer(
    cls=_CommandGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Judge programs against tests, and choose the best of several programs.",
)

Source = Annotated[
    Path,
    typer.Argument(help="File of candidates: .jsonl, .jsonl.gz or .parquet.", exists=True, dir_okay=False),
]
Out = Annotated[Path, typer.Option("--out", "-o", help="File of results: one JSON object per line.")]


@app.callback()
def _root() -> None:
    """Make sub-commands mandatory, and report an error once: when the last attempt failed."""
    stamina.instrumentation.set_on_retry_hooks([])


@app.command()
@with_execute_options
def execute(
    candidates: Source,
    *,
    out: Out,
    reference: Annotated[bool, typer.Option(help="Judge the reference solutions of the data set.")] = False,
    options: RewardOptions,
) -> None:
    """Judge candidates. Rows that are already in the output are kept and not judged again."""
    request_options: RequestOptions = {**options.request_options(), "reward": options.reward_policy()}
    with (
        interruptible("finished results are in the output; run the command again to judge the rest"),
        progress_bar() as progress,
    ):
        tally = judge.execute_file(
            candidates, out, suites=options.suites, form=options.form, config=options.config, options=request_options,
            reference=reference, progress=progress,
        )  # fmt: skip
    console.print(tally.in_words(), soft_wrap=True)


@app.command("best-of-n")
@with_execute_options
def best_of_n(candidates: Source, *, out: Out, options: FileOptions) -> None:
    """Write the best candidate of every suite, and why it was chosen."""
    with (
        interruptible("the winners found so far are in the output; another run starts from the beginning"),
        progress_bar() as progress,
    ):
        chosen, empty = judge.best_of_n_file(
            candidates, out, suites=options.suites, form=options.form, config=options.config,
            options=options.request_options(), progress=progress,
        )  # fmt: skip
    console.print(f"{chosen} suites have a winner, {empty} have none")


app.command()(evaluate)
app.command()(pairs)
