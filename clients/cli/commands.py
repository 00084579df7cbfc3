"""Defines the commands of ``acecoder``: their options and what they print. ``clients.runs`` does the work.

Services add their own commands (``up``, ``doctor``, …) through the entry-point group
``acecoder.commands``: each entry is a ``typer.Typer``, named like the extra it needs. They are loaded only
when a command is not defined here, or when all commands are listed. So a service that cannot be imported
does not break the other commands.
"""

import logging
from contextlib import ExitStack
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from clients.cli import runs, service_status
from clients.cli.evaluate import evaluate
from clients.cli.options import FileOptions, RewardOptions, with_execute_options
from clients.cli.pairs import pairs
from clients.cli.winners import print_winners
from clients.config import ClientConfig
from clients.progress import console, interruptible, progress_bar
from clients.requests import RequestOptions
from clients.reward_model import RewardModel
from clients.runs import judge
from clients.version import __version__

ENTRY_POINTS = "acecoder.commands"


class _CommandGroup(TyperGroup):
    """The commands defined here, and those of the services that are installed."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401 - typer's own types are private
        if command := super().get_command(ctx, cmd_name):
            return command
        commands, missing = self._service_commands()
        if cmd_name not in commands:
            for message in missing:
                console.print(message, soft_wrap=True)
        return commands.get(cmd_name)

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401 - typer's own types are private
        return sorted({*super().list_commands(ctx), *self._service_commands()[0]})

    def _service_commands(self) -> tuple[dict[str, Any], list[str]]:
        """Return the commands of the services, and a sentence for each service whose commands cannot be loaded."""
        commands: dict[str, Any] = {}
        missing: list[str] = []
        for entry in metadata.entry_points(group=ENTRY_POINTS):
            try:
                commands |= typer.main.get_group(entry.load()).commands
            except ImportError as error:
                missing.append(
                    f"the commands of '{entry.name}' are not available ({error}): "
                    rf"install acecoder-services\[{entry.name}]"
                )
        return commands, missing


app = typer.Typer(
    cls=_CommandGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Judge programs against tests, choose the best of several, make test suites, train and serve reward models.",
)

Source = Annotated[
    Path,
    typer.Argument(help="File of candidates: .jsonl, .jsonl.gz or .parquet.", exists=True, dir_okay=False),
]
Out = Annotated[Path, typer.Option("--out", "-o", help="File of results: one JSON object per line.")]
Rule = Annotated[
    str,
    typer.Option(
        help="How to choose: pass_rate, consensus, agreement, overlap, majority or rm (a reward model, at "
        "ACECODER_RM_URL). "
        "Write pass_rate+rm to break ties of the first by the second."
    ),
]
AtLeast = Annotated[
    float,
    typer.Option(
        min=0.0, max=1.0,
        help="Pick no candidate if the probability that it is right is lower: for consensus, agreement and overlap.",
    ),
]  # fmt: skip


def _print_version(is_given: bool) -> None:
    if is_given:
        typer.echo(f"acecoder {__version__}")
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_print_version)
]


@app.callback()
def _root(*, version: Version = False) -> None:  # noqa: ARG001 - its callback prints
    """Make sub-commands mandatory, and report an error once: when the last attempt failed."""
    logging.getLogger("acecoder").setLevel(logging.ERROR)


@app.command()
@with_execute_options
def execute(
    candidates: Source,
    *,
    out: Out,
    reference: Annotated[bool, typer.Option(help="Judge the reference solutions of the data set.")] = False,
    replace: Annotated[
        bool,
        typer.Option(
            "--replace",
            help="Drop rows of the output that are of other programs, suites or options, and go on.",
        ),
    ] = False,
    options: RewardOptions,
) -> None:
    """Judge candidates, and write each result as it comes. Rows that are already in the output are not judged again."""
    request_options: RequestOptions = {**options.request_options(), "reward": options.reward_policy()}
    with (
        interruptible("finished results are in the output; run the command again to judge the rest"),
        progress_bar() as progress,
    ):
        tally = judge.execute_file(
            candidates, out, suites=options.suites, form=options.form, config=options.config, options=request_options,
            reference=reference, replace=replace, progress=progress,
        )  # fmt: skip
    console.print(tally.in_words(), soft_wrap=True)
    if tally.bad_rows and not (tally.judged or tally.unscorable or tally.kept):
        raise ValueError(f"{candidates}: no row could be judged; the reasons are above")


@app.command("best-of-n")
@with_execute_options
def best_of_n(
    candidates: Source, *, out: Out, by: Rule = "pass_rate", at_least: AtLeast = 0.0, options: FileOptions
) -> None:
    """Write the best candidate of every suite, and why it was chosen; print a table of them."""
    rules = by.split("+")
    with ExitStack() as exits:
        exits.enter_context(
            interruptible("the winners found so far are in the output; another run starts from the beginning")
        )
        scorer = exits.enter_context(RewardModel()) if "rm" in rules else None
        progress = exits.enter_context(progress_bar())
        winners = judge.best_of_n_file(
            candidates, out, suites=options.suites, form=options.form, config=options.config,
            options=options.request_options(), rules=rules, scorer=scorer, at_least=at_least, progress=progress,
        )  # fmt: skip
    print_winners(winners, rules)


@app.command()
def status(
    url: Annotated[
        str | None, typer.Argument(help="Address of a service. Default: ACECODER_URL, else this machine.")
    ] = None,
) -> None:
    """Print what a running service is, what it has and what it lacks. Status 1: it is not ready."""
    report = service_status.fetch(ClientConfig.from_env().with_given(url=url))
    for line in report.lines:
        typer.echo(line)
    raise typer.Exit(0 if report.ready else 1)


app.add_typer(runs.app, name="runs")
app.command()(evaluate)
app.command()(pairs)
