"""The command ``acecoder``. The commands themselves are in ``clients.cli.commands``, behind the ``cli`` extra.

Decides how a command ends: 0 done, 1 an error that is told in a sentence, 2 wrong usage (an argument, or a file
that is not what it should be), 130 interrupted.
"""

import sys
from typing import NoReturn

from clients.errors import AceCoderError

_USAGE = 2  # what typer, too, ends with when an argument is wrong


def main() -> None:
    """Run the command line."""
    try:
        from clients.cli.commands import app  # noqa: PLC0415 - needs an extra, and says so
    except ImportError as error:
        _end(f"the command line needs {error.name}: install acecoder-services[cli]")
    try:
        app()
    except (AceCoderError, OSError) as error:
        _end(_told(error))
    except ValueError as error:
        _end(str(error), _USAGE)


def _told(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def _end(said: str, status: int = 1) -> NoReturn:
    sys.stderr.write(f"acecoder: {said}\n")
    raise SystemExit(status)
