"""Adds the reward model's commands to ``acecoder``, by entry point.

This module prints; other modules do the work. Each command imports them when it runs, so that ``acecoder --help`` is
fast.
"""

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from services.common.command_errors import errors_as_messages
from services.rm.training.choices import Layout
from services.rm.training.commands import train_rm

app = typer.Typer(no_args_is_help=True, help="Run the reward model.")
app.command("train-rm")(train_rm)

_MODEL = "Folder of a reward model, or its name on the Hugging Face Hub."


@app.command("check-rm")
def check(
    model: Annotated[str, typer.Argument(help=_MODEL)] = "TIGER-Lab/AceCodeRM-7B",
) -> None:
    """Score the published example of AceCodeRM-7B and compare with the published scores.

    Reads the same RM_… variables as serve-rm. Exits with status 1 if a score differs by more than rounding.
    """
    console = Console(soft_wrap=True)
    with errors_as_messages("check-rm", "rm"):
        from services.rm.models.golden import check_model  # noqa: PLC0415 - torch takes seconds to import

        table, is_equal = check_model(model)
    console.print(table)
    console.print("These are the published scores." if is_equal else "These are not the published scores.")
    raise typer.Exit(0 if is_equal else 1)


@app.command("export-rm")
def export(
    model: Annotated[str, typer.Argument(help=_MODEL)],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write; must be new or empty.")],
    layout: Annotated[
        Layout,
        typer.Option(help="classification: what transformers, TRL and vLLM load; acecoderm: AceCodeRM's."),
    ] = Layout.CLASSIFICATION,
    adapter: Annotated[
        str, typer.Option(help="A LoRA adapter to merge: a folder, or a name on the Hugging Face Hub.")
    ] = "",
    head: Annotated[
        str, typer.Option(help="Name of the head's tensors, if the model has several heads.")
    ] = "",
    dtype: Annotated[
        str, typer.Option(help="Type of the written backbone: float32, bfloat16 or float16.")
    ] = "bfloat16",
) -> None:
    """Write a reward model in another layout, for example AceCodeRM in the classification layout, which vLLM loads."""
    console = Console(soft_wrap=True)
    with errors_as_messages("export-rm", "rm"):
        from services.rm.training.convert import convert  # noqa: PLC0415 - torch takes seconds to import

        bias = convert(model, out, layout, adapter=adapter, head=head, dtype=dtype)
    console.print(f"written: {out}")
    if bias:
        console.print(
            f"vLLM and serve-rm give the original's scores. transformers and TRL ignore the head's bias: there all "
            f"scores are lower by {bias:g}, and rankings are the same."
        )


@app.command("serve-rm")
def serve(
    model: Annotated[str, typer.Argument(help=f"{_MODEL} Default: RM_MODEL.")] = "",
    host: Annotated[
        str, typer.Option(help="Address to listen on. Any other than loopback needs a key (RM_TOKEN).")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8100,
    format_name: Annotated[
        str,
        typer.Option("--format", help="How conversations become tokens: chat, acecode-training or plain."),
    ] = "",
) -> None:
    """Serve a reward model. All other settings are RM_… variables; see docs/reward-model.md."""
    for name, value in (("RM_MODEL", model), ("RM_FORMAT", format_name)):
        if value:
            os.environ[name] = value
    stderr = Console(stderr=True, soft_wrap=True)
    if stderr.is_terminal:  # a log of JSON lines stays one
        stderr.print("importing PyTorch …")
    with errors_as_messages("serve-rm", "rm"):
        from services.rm.app import main  # noqa: PLC0415 - torch takes seconds to import

        main(host, port)
