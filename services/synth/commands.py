"""Adds ``acecoder synth`` to the command line, as a package entry point (``pyproject.toml``).

This module parses options and prints. Each command imports what does the work when it runs, so that ``acecoder --help``
is fast.
"""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from clients.progress import interruptible
from services.common.command_errors import errors_as_messages

app = typer.Typer(no_args_is_help=True)
synth = typer.Typer(no_args_is_help=True, help="Make questions with filtered suites of tests from seed code.")
app.add_typer(synth, name="synth")
console = Console(stderr=True, highlight=False, soft_wrap=True)

Config = Annotated[Path, typer.Argument(help="Configuration file (YAML).", exists=True, dir_okay=False)]
Folder = Annotated[Path, typer.Argument(help="Folder of the run.", exists=True, file_okay=False)]


def _check_run_folder(rows: Path) -> None:
    """Refuse a folder in which no run was made; SQLite would make an empty file there.

    Raises:
        ValueError: ``rows`` is not there.
    """
    if not rows.exists():
        raise ValueError(
            f"{rows.parent} is no folder of a run; give the one after -o of 'acecoder synth run'"
        )


Force = Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")]


def _check_new(out: Path, *, force: bool) -> None:
    """Refuse to replace a file, or to write into a folder that does not exist.

    Raises:
        ValueError: the message says what to do.
    """
    if not out.parent.is_dir():
        raise ValueError(f"{out}: there is no folder {out.parent}; make it, or give -o another name")
    if out.is_dir():
        raise ValueError(f"{out} is a folder; give -o the name of a file")
    if out.exists() and not force:
        raise ValueError(f"{out} exists already; give -o another name, or --force to replace it")


@synth.command()
def run(
    config: Config,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="Folder of the run. Default: the configuration's name without .yaml."
        ),
    ] = None,
    restart: Annotated[
        bool,
        typer.Option(
            help="Start from the seeds again; the replies of models are kept, so none is paid twice."
        ),
    ] = False,
) -> None:
    """Make a data set, or resume making it: Ctrl-C or a crash loses no finished row, and no reply of a model."""
    with errors_as_messages("synth run", "synth"):
        from services.synth.config import read_run_config  # noqa: PLC0415
        from services.synth.progress import log_to, run_progress  # noqa: PLC0415
        from services.synth.run import LOG, check_folder, make_dataset  # noqa: PLC0415

        folder = out or config.with_suffix("")
        settings = read_run_config(config)
        check_folder(folder, config)
        folder.mkdir(parents=True, exist_ok=True)
        with (
            interruptible(f"finished rows are in {folder}; the same command resumes"),
            log_to(folder / LOG),
            run_progress(console, settings.stage_names()) as progress,
        ):
            result = make_dataset(settings, config, folder, progress, restart=restart)
    counts = result.statistics
    dropped = sum(counts.dropped_rows.values())
    reasons = ", ".join(
        f"{stage} {reason} {rows}" for (stage, reason), rows in counts.dropped_rows.most_common(4)
    )
    console.print(
        f"{counts.questions} questions with {sum(one.tests for one in counts.sources.values())} tests, "
        f"{counts.programs} programs, {result.pairs.pairs} pairs; {dropped} seeds dropped"
        + (f" ({reasons})" if reasons else "")
    )
    console.print(f"the card is {result.folder / 'README.md'}")


@synth.command()
def card(folder: Folder) -> None:
    """Write the data set and its card from what a run has finished so far."""
    with errors_as_messages("synth card", "synth"):
        from services.synth.config import read_run_config  # noqa: PLC0415
        from services.synth.pipeline.store import RunStore  # noqa: PLC0415
        from services.synth.run import CONFIG, ROWS, write_files  # noqa: PLC0415

        _check_run_folder(folder / ROWS)
        with RunStore(folder / ROWS) as store:
            result = write_files(read_run_config(folder / CONFIG), store, folder)
    console.print(f"{result.statistics.questions} questions; the card is {result.folder / 'README.md'}")


@synth.command()
def show(
    folder: Folder,
    row: Annotated[str, typer.Argument(help="Id of the row: the id of its seed.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="File of the picture: .svg.")],
    force: Force = False,
) -> None:
    """Draw what became of one question: its tests, kept and dropped, and its programs with their outcomes."""
    with errors_as_messages("synth show", "synth"):
        from services.synth.curation.life import life_svg  # noqa: PLC0415
        from services.synth.pipeline.store import RunStore  # noqa: PLC0415
        from services.synth.run import ROWS  # noqa: PLC0415

        _check_run_folder(folder / ROWS)
        _check_new(out, force=force)
        with RunStore(folder / ROWS) as store:
            stored = store.find(row)
            ids = ", ".join(store.ids(3))
        if stored is None:
            raise ValueError(f"there is no row {row!r} in {folder}; its first rows are {ids or 'none'}")
        out.write_text(life_svg(stored.row), encoding="utf-8")
    console.print(f"wrote {out}")


@synth.command()
def export(
    folder: Folder,
    out: Annotated[Path, typer.Option("--out", "-o", help="File of rows: .jsonl or .jsonl.gz.")],
    force: Force = False,
) -> None:
    """Write every row with all that became of it: tests and programs, kept and dropped, with outcomes and reasons."""
    with errors_as_messages("synth export", "synth"):
        from services.synth.config import read_run_config  # noqa: PLC0415
        from services.synth.curation.export import write_rows  # noqa: PLC0415
        from services.synth.pipeline.store import RunStore  # noqa: PLC0415
        from services.synth.run import CONFIG, ROWS  # noqa: PLC0415

        _check_run_folder(folder / ROWS)
        _check_new(out, force=force)
        with RunStore(folder / ROWS) as store:
            rows = write_rows(store, out, read_run_config(folder / CONFIG).stage_names())
    console.print(f"wrote {rows} rows to {out}")


@synth.command()
def push(
    folder: Folder,
    repository: Annotated[
        str, typer.Argument(help="Name of the data set on the Hugging Face Hub: user/name.")
    ],
    private: Annotated[bool, typer.Option(help="Whether only you can see it.")] = True,
) -> None:
    """Upload a run's data set to the Hugging Face Hub; needs huggingface-hub and a login."""
    with errors_as_messages("synth push", "synth"):
        from huggingface_hub import HfApi  # noqa: PLC0415

        dataset = folder / "dataset"
        if not (dataset / "README.md").exists():
            raise ValueError(f"{dataset} has no card; run 'acecoder synth card {folder}' first")
        api = HfApi()
        api.create_repo(repository, repo_type="dataset", private=private, exist_ok=True)
        api.upload_folder(folder_path=dataset, repo_id=repository, repo_type="dataset")
    console.print(f"uploaded to https://huggingface.co/datasets/{repository}")


@synth.command()
def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen on. Any other than loopback needs a key (SYNTH_TOKEN).")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8200,
    config: Annotated[
        Path | None, typer.Option(help="Configuration file (YAML). Default: SYNTH_CONFIG.", exists=True)
    ] = None,
) -> None:
    """Serve synthesis over HTTP for a few seeds at a time. All other settings are SYNTH_… variables."""
    with errors_as_messages("synth serve", "synth"):
        from services.synth.app import main  # noqa: PLC0415

        main(host, port, config)
