"""The command ``acecoder``. The commands themselves are in ``clients.commands``, behind the ``cli`` extra.

Decides how a command ends: 0 done, 1 an error that is told in a sentence, 2 wrong usage, 130 interrupted.
"""

import sys

from clients.errors import AceCoderError


def main() -> None:
    """Run the command line."""
    try:
        from clients.commands import app  # noqa: PLC0415 - needs an extra, and says so
    except ImportError as error:
        _end(f"the command line needs {error.name}: install acecoder-services[cli]")
    try:
        app()
    except (AceCoderError, OSError, ValueError) as error:
        _end(str(error))


def _end(said: str) -> None:
    sys.stderr.write(f"acecoder: {said}\n")
    raise SystemExit(1)
