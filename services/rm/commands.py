"""The reward model's commands. They join ``acecoder`` by entry point.

Words for a person; everything that is done is done elsewhere, and imported only by the command that does it,
so that ``acecoder --help`` is quick.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from services.rm.training.commands import train_rm

app = typer.Typer(no_args_is_help=True, help="Run the reward model.")
app.command("train-rm")(train_rm)

Model = Annotated[
    str, typer.Argument(help="Folder of a reward model, or its name on the hub. Default: RM_MODEL.")
]


@contextmanager
def _told(command: str) -> Iterator[None]:
    """End the command with status 1 and a sentence where something is wrong, or not installed."""
    try:
        yield
    except ModuleNotFoundError as missing:
        said = f"needs {missing.name}: install acecoder-services[rm]"
        wrong: Exception = missing
    except ValueError as refused:
        said, wrong = str(refused), refused
    else:
        return
    Console(stderr=True, soft_wrap=True).print(f"[red]acecoder {command}:[/] {escape(said)}")
    raise typer.Exit(1) from wrong


@app.command("check-rm")
def check(model: Model = "TIGER-Lab/AceCodeRM-7B") -> None:
    """Score the published example of AceCodeRM-7B, and say whether these are its scores.

    Takes serve-rm's RM_… variables. Status 1: a score is further from the published one than rounding makes it.
    """
    console = Console(soft_wrap=True)
    with _told("check-rm"):
        from services.rm.models.golden import check_model  # noqa: PLC0415 - torch takes seconds to import

        table, fit = check_model(model)
    console.print(table)
    console.print("These are the published scores." if fit else "These are not the published scores.")
    raise typer.Exit(0 if fit else 1)


@app.command("serve-rm")
def serve(
    model: Model = "",
    host: Annotated[
        str, typer.Option(help="Where to listen; beyond loopback a key is needed.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port.", min=1, max=65535)] = 8100,
    format_name: Annotated[
        str, typer.Option("--format", help="How conversations become tokens: chat, acecode-training, plain.")
    ] = "",
) -> None:
    """Serve a reward model. Everything else is told by RM_… variables; see docs/reward-model.md."""
    for name, value in (("RM_MODEL", model), ("RM_FORMAT", format_name)):
        if value:
            os.environ[name] = value
    with _told("serve-rm"):
        from services.rm.app import main  # noqa: PLC0415 - torch takes seconds to import

        main(host, port)
