"""Ends a command with a message, and not with a traceback, where a setting is wrong or a package is missing.

Only modules of commands import this: it needs the extra ``cli``.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.markup import escape


@contextmanager
def errors_as_messages(command: str, extra: str) -> Iterator[None]:
    """End ``acecoder <command>`` with status 1 and a message if a setting is wrong or a package is not installed.

    ``extra`` is the extra of acecoder-services that holds the command's packages. An error of another kind is a fault
    of ours, and keeps its traceback.
    """
    try:
        yield
    except ModuleNotFoundError as missing:
        message = f"needs {missing.name}: install acecoder-services[{extra}]"
        cause: Exception = missing
    except ValueError as invalid:
        message, cause = str(invalid), invalid
    else:
        return
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(f"[red]acecoder {command}:[/] {escape(message)}")
    raise typer.Exit(1) from cause
