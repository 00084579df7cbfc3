"""The commands of ``acecoder``: what may be typed, and what is shown. The work is ``clients.runs``'.

Services join their own commands (``up``, ``doctor``, …) through the entry-point group
``acecoder.commands``: each entry is a ``typer.Typer``, named like the extra it needs. They are loaded only
when a command is not one of ours, or when all are listed, so that a broken service breaks no other command.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any

import stamina
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from typer.core import TyperGroup

from clients import runs
from clients._requests import Options
from clients.config import ClientConfig
from clients.contract import Limits, OnTimeout, RewardKind, State
from clients.datasets import BadRow, Format

GROUP = "acecoder.commands"
_INTERRUPTED = 130  # what a shell expects of a process that SIGINT ended
_console = Console(stderr=True, highlight=False)


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
                    _console.print(
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

Source = Annotated[Path, typer.Argument(help="Candidates: .jsonl, .jsonl.gz or .parquet.", exists=True)]
Suites = Annotated[Path | None, typer.Option(help="Suites, or HumanEval problems.", exists=True)]
Out = Annotated[Path, typer.Option("--out", "-o", help="One JSON object a line.")]
Url = Annotated[str | None, typer.Option(help="The executor. Default: ACECODER_URL, else this machine.")]
Form = Annotated[Format, typer.Option("--format", help="Shape of the candidates.")]
Environment = Annotated[str, typer.Option(help="Which Python and modules.")]
CpuS = Annotated[str | None, typer.Option(help="CPU seconds of a test, or 'auto'.")]
WallS = Annotated[float | None, typer.Option(help="Wall seconds of a test.")]
TotalCpuS = Annotated[float | None, typer.Option(help="CPU seconds of a candidate.")]
TotalWallS = Annotated[float | None, typer.Option(help="Wall seconds of a candidate.")]
MemoryBytes = Annotated[int | None, typer.Option(help="Memory of a program.")]
Fresh = Annotated[State, typer.Option("--state", help="What a test finds of the tests before it.")]
Timeouts = Annotated[OnTimeout, typer.Option(help="What becomes of the tests after one that timed out.")]
Cache = Annotated[bool, typer.Option(help="Use and keep earlier results for the same work.")]


@app.callback()
def _root() -> None:
    """Keep sub-commands named even while there is one, and tell of errors once: when they are final."""
    stamina.instrumentation.set_on_retry_hooks([])


@app.command()
def execute(
    candidates: Source,
    *,
    out: Out,
    suites: Suites = None,
    url: Url = None,
    form: Form = Format.AUTO,
    environment: Environment = "base",
    reward: Annotated[RewardKind, typer.Option(help="How outcomes become a reward.")] = RewardKind.PASS_RATE,
    cpu_s: CpuS = None,
    wall_s: WallS = None,
    total_cpu_s: TotalCpuS = None,
    total_wall_s: TotalWallS = None,
    memory_bytes: MemoryBytes = None,
    state: Fresh = State.SHARED,
    on_timeout: Timeouts = OnTimeout.CONTINUE,
    cache: Cache = True,
    reference: Annotated[bool, typer.Option(help="Judge the data set's own solutions.")] = False,
) -> None:
    """Judge candidates. Rows already in the output are kept and not judged again."""
    options: Options = {"environment": environment, "reward": reward, "state": state, "cache": cache}
    options["on_timeout"] = on_timeout
    options["limits"] = _limits(cpu_s, wall_s, total_cpu_s, total_wall_s, memory_bytes)
    with _interruptible(), _progress() as show:
        tally = runs.execute(
            candidates, out, suites=suites, form=form, config=_config(url), options=options,
            reference=reference, show=show,
        )  # fmt: skip
    _console.print(tally.in_words(), soft_wrap=True)


@app.command("best-of-n")
def best_of_n(
    candidates: Source,
    *,
    out: Out,
    suites: Suites = None,
    url: Url = None,
    form: Form = Format.AUTO,
    environment: Environment = "base",
    cpu_s: CpuS = None,
    wall_s: WallS = None,
    total_cpu_s: TotalCpuS = None,
    total_wall_s: TotalWallS = None,
    memory_bytes: MemoryBytes = None,
    state: Fresh = State.SHARED,
    on_timeout: Timeouts = OnTimeout.CONTINUE,
    cache: Cache = True,
) -> None:
    """Keep the best candidate of every suite, and say why."""
    options: Options = {"environment": environment, "state": state, "on_timeout": on_timeout, "cache": cache}
    options["limits"] = _limits(cpu_s, wall_s, total_cpu_s, total_wall_s, memory_bytes)
    with _interruptible(), _progress() as show:
        chosen, empty = runs.best_of_n(
            candidates, out, suites=suites, form=form, config=_config(url), options=options, show=show
        )
    _console.print(f"{chosen} suites have a winner, {empty} have none")


def _config(url: str | None) -> ClientConfig:
    return ClientConfig.from_env().with_given(url=url)


def _limits(
    cpu_s: str | None,
    wall_s: float | None,
    total_cpu_s: float | None,
    total_wall_s: float | None,
    memory_bytes: int | None,
) -> Limits:
    given = {"cpu_s": cpu_s, "wall_s": wall_s, "total_cpu_s": total_cpu_s, "total_wall_s": total_wall_s}
    given |= {"memory_bytes": memory_bytes}
    return Limits.model_validate({name: value for name, value in given.items() if value is not None})


@contextmanager
def _interruptible() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        _console.print("interrupted: what was finished is in the output; run it again to go on")
        raise typer.Exit(_INTERRUPTED) from None


@contextmanager
def _progress() -> Iterator["_Shown"]:
    columns = (TextColumn("judged"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=_console, transient=True, disable=not _console.is_terminal) as progress:
        yield _Shown(progress)


class _Shown:
    """Progress on the terminal; bad rows are told as they are met."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=None)

    def total(self, count: int) -> None:
        self._progress.update(self._task, total=count)

    def advance(self, count: int) -> None:
        self._progress.advance(self._task, count)

    def bad(self, row: BadRow) -> None:
        _console.print(f"skipped {row}", markup=False, soft_wrap=True)
