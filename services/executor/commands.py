"""Adds the executor's commands to ``acecoder``, as a package entry point (``pyproject.toml``).

The commands are ``up``, ``worker``, ``api``, ``doctor`` and ``environment add``. This module only parses
options and prints text. The code that does the work is imported by the command that needs it, so that ``acecoder
--help`` is fast.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from clients.contract import IsolationProfile
from services.executor.sandbox.environment import BackendName

if TYPE_CHECKING:
    from services.executor.settings import ExecutorSettings

app = typer.Typer(no_args_is_help=True, help="Run the executor.")
environment_app = typer.Typer(
    no_args_is_help=True, help="Make environments: packages that programs may import."
)
app.add_typer(environment_app, name="environment")

RedisUrl = Annotated[
    str, typer.Option(help="URL of a running Redis: redis://, rediss:// or unix://.", show_default=False)
]
BackendOption = Annotated[BackendName | None, typer.Option(help="The sandbox backend. Default: nsjail.")]
ProfileOption = Annotated[
    IsolationProfile | None,
    typer.Option(help="The lowest isolation profile that a worker may start with. Default: B."),
]


def _settings(command: str) -> "ExecutorSettings":
    """Read the settings; end the command with a message if a variable is invalid, and warn of unknown ones."""
    from services.common.settings import read, unknown_variables  # noqa: PLC0415
    from services.executor.settings import ExecutorSettings  # noqa: PLC0415

    console = Console(stderr=True, soft_wrap=True)
    try:
        settings = read(ExecutorSettings)
    except ValueError as exc:
        console.print(f"[red]acecoder {command}:[/] {escape(str(exc))}")
        raise typer.Exit(1) from exc
    for warning in unknown_variables(ExecutorSettings):
        console.print(f"[yellow]warning:[/] {escape(warning)}")
    return settings


def _use(redis_url: str, backend: BackendName | None, min_profile: IsolationProfile | None = None) -> None:
    """Set environment variables from options, which take precedence over the environment that the process got."""
    if redis_url:
        os.environ["EXECUTOR_REDIS_URL"] = redis_url
    if backend is not None:
        os.environ["EXECUTOR_BACKEND"] = backend
    if min_profile is not None:
        os.environ["EXECUTOR_MIN_PROFILE"] = min_profile


@app.command()
def up(
    port: Annotated[
        int,
        typer.Option(
            help="Port of the API, which listens on 127.0.0.1 only; 0: any free port.", min=0, max=65535
        ),
    ] = 8000,
    workers: Annotated[
        int | None, typer.Option(help="Number of workers. Default: one per core.", min=1)
    ] = None,
    redis_url: RedisUrl = "",
    backend: BackendOption = None,
    min_profile: ProfileOption = None,
) -> None:
    """Start the whole executor on this machine: Redis, API, workers. Ctrl-C stops it."""
    from services.common import logs  # noqa: PLC0415
    from services.executor.local.redis import NoRedisError, find_server  # noqa: PLC0415
    from services.executor.local.stack import LocalStack, StackError  # noqa: PLC0415

    console = Console(stderr=True, soft_wrap=True)
    logs.configure(json=False, level="INFO")
    _use("", None, min_profile)
    _settings("up")
    try:
        warning = "" if redis_url else find_server()[1]
        if warning:
            console.print(f"[yellow]warning:[/] {escape(warning)}")
        stack = LocalStack(workers=workers, port=port, redis_url=redis_url, backend=backend or "")
        with stack:
            count = len(stack.workers)
            console.print(
                f"[green]ready:[/] {stack.url} ({count} worker{'s' * (count != 1)}). Ctrl-C stops it."
            )
            stack.wait()
    except KeyboardInterrupt:
        console.print("stopped")
    except (StackError, NoRedisError) as exc:
        console.print(f"[red]acecoder up:[/] {escape(str(exc))}")
        raise typer.Exit(1) from exc


@app.command()
def worker(
    redis_url: RedisUrl = "", backend: BackendOption = None, min_profile: ProfileOption = None
) -> None:
    """Start one worker. It runs until it is stopped by a signal; start one per core."""
    _use(redis_url, backend, min_profile)
    from services.executor.worker.worker import main  # noqa: PLC0415

    raise typer.Exit(main())


@app.command()
def api(
    host: Annotated[
        str, typer.Option(help="Address to listen on; any but a loopback address needs a key.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8000,
    redis_url: RedisUrl = "",
) -> None:
    """Start one API process."""
    _use(redis_url, None)
    from services.executor.app import main  # noqa: PLC0415

    try:
        main(host, port)
    except ValueError as exc:
        Console(stderr=True).print(f"[red]acecoder api:[/] {escape(str(exc))}", soft_wrap=True)
        raise typer.Exit(1) from exc


@app.command()
def doctor(
    redis_url: RedisUrl = "", backend: BackendOption = None, min_profile: ProfileOption = None
) -> None:
    """Check what works on this machine and what does not, and print what to do. Status 1: the executor cannot work."""
    redis_given = bool(redis_url or os.environ.get("EXECUTOR_REDIS_URL"))
    _use(redis_url, backend, min_profile)
    from services.executor.local.doctor import examine  # noqa: PLC0415

    settings = _settings("doctor")
    table = Table("", "check", Column("result", overflow="fold"))  # a path is not cut
    can_work = True
    for finding in examine(settings, redis_given=redis_given):
        mark = "[green]ok[/]" if finding.ok else "[red]no[/]" if finding.needed else "[yellow]no[/]"
        table.add_row(mark, escape(finding.check), escape(finding.message))
        can_work = can_work and (finding.ok or not finding.needed)
    console = Console()
    console.print(table)
    console.print(
        "The executor can work here."
        if can_work
        else "The executor cannot work here; see the lines marked no in red."
    )
    raise typer.Exit(0 if can_work else 1)


@environment_app.command("add")
def environment_add(
    name: Annotated[str, typer.Argument(help="Name that requests use.")],
    packages: Annotated[
        list[str], typer.Option(help="A package, as for pip install; may be given several times.")
    ],
    root: Annotated[
        Path | None,
        typer.Option(help="Folder of environments. Default: ~/.local/share/acecoder/environments."),
    ] = None,
    python: Annotated[
        str, typer.Option(help="Interpreter of the environment. Default: the worker's own.")
    ] = "",
) -> None:
    """Install packages for programs into a folder of their own, check them in a jail, and print the setting."""
    from services.executor.local import environments  # noqa: PLC0415

    settings = _settings("environment add")
    console = Console(stderr=True, soft_wrap=True)
    try:
        made = environments.add(name, packages, root=root or environments.default_root(), python=python)
    except environments.EnvironmentFault as exc:
        console.print(f"[red]acecoder environment add:[/] {escape(str(exc))}")
        raise typer.Exit(1) from exc
    fault = environments.check(name, made, settings)
    if fault:
        console.print(f"[yellow]installed, but a jail with it does not start:[/] {escape(fault)}")
    console.print(f"Programs see it with {name!r} as the request's environment. Start the service with:")
    typer.echo(environments.setting(settings, name, made))
    raise typer.Exit(1 if fault else 0)
