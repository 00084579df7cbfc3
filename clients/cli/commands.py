"""The commands of ``acecoder``: what may be typed, and what is shown. The work is ``clients.runs``'.

Services join their own commands (``up``, ``doctor``, …) through the entry-point group
``acecoder.commands``: each entry is a ``typer.Typer``, named like the extra it needs. They are loaded only
when a command is not one of ours, or when all are listed, so that a broken service breaks no other command.
"""

from importlib import metadata
from pathlib import Path
from typing import Annotated, Any

import stamina
import typer
from typer.core import TyperGroup

from clients.cli.evaluate import evaluate
from clients.cli.options import FileOptions, parse_option_model, with_execute_options
from clients.cli.pairs import pairs
from clients.contract import RewardKind, RewardPolicy
from clients.progress import console, interruptible, progress
from clients.requests import RequestOptions
from clients.runs import judge

GROUP = "acecoder.commands"


class _Joined(TyperGroup):
    """Our commands, and those of the services that are installed."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401 - typer's own types are private
        own = super().get_command(ctx, cmd_name)
        return own or self._joined(show_missing=True).get(cmd_name)

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401 - typer's own types are private
        return sorted({*super().list_commands(ctx), *self._joined(show_missing=False)})

    def _joined(self, *, show_missing: bool) -> dict[str, Any]:
        commands: dict[str, Any] = {}
        for entry in metadata.entry_points(group=GROUP):
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
    cls=_Joined,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Judge programs against tests, and choose among them.",
)

Source = Annotated[
    Path, typer.Argument(help="Candidates: .jsonl, .jsonl.gz or .parquet.", exists=True, dir_okay=False)
]
Out = Annotated[Path, typer.Option("--out", "-o", help="One JSON object a line.")]


@app.callback()
def _root() -> None:
    """Keep sub-commands named even while there is one, and tell of errors once: when they are final."""
    stamina.instrumentation.set_on_retry_hooks([])


@app.command()
@with_execute_options
def execute(
    candidates: Source,
    *,
    out: Out,
    reward: Annotated[RewardKind, typer.Option(help="How outcomes become a reward.")] = RewardKind.PASS_RATE,
    threshold: Annotated[float, typer.Option(help="Pass rate that earns 1 by --reward threshold.")] = 1.0,
    all_pass_bonus: Annotated[float, typer.Option(help="Added when every valid test passed.")] = 0.0,
    fence_bonus: Annotated[float, typer.Option(help="Added when the program stood in fences.")] = 0.0,
    resting: Annotated[
        bool, typer.Option(help="Whether a pass earns in which the program's own classes had a say.")
    ] = True,
    reference: Annotated[bool, typer.Option(help="Judge the data set's own solutions.")] = False,
    judging: FileOptions,
) -> None:
    """Judge candidates. Rows already in the output are kept and not judged again."""
    terms = {"threshold": threshold, "all_pass_bonus": all_pass_bonus, "fence_bonus": fence_bonus}
    policy = parse_option_model(
        RewardPolicy, {"kind": reward, "count_passes_resting_on_program": resting, **terms}
    )
    options: RequestOptions = {**judging.options(), "reward": policy}
    with (
        interruptible("the answers that had come are in the output; run it again for the rest"),
        progress() as show,
    ):
        tally = judge.execute_file(
            candidates, out, suites=judging.suites, form=judging.form, config=judging.config, options=options,
            reference=reference, show=show,
        )  # fmt: skip
    console.print(tally.in_words(), soft_wrap=True)


@app.command("best-of-n")
@with_execute_options
def best_of_n(candidates: Source, *, out: Out, judging: FileOptions) -> None:
    """Keep the best candidate of every suite, and say why."""
    with (
        interruptible("the winners found so far are in the output; another run begins anew"),
        progress() as show,
    ):
        chosen, empty = judge.best_of_n_file(
            candidates, out, suites=judging.suites, form=judging.form, config=judging.config,
            options=judging.options(), show=show,
        )  # fmt: skip
    console.print(f"{chosen} suites have a winner, {empty} have none")


app.command()(evaluate)
app.command()(pairs)
