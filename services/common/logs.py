"""Configures logging: structlog to stderr, with the request id where there is one.

The content of requests stays out of the log: a traceback has no values of variables, and its long lines are cut.
"""

import logging
import sys
import traceback
from typing import TextIO, cast

import structlog

MAX_LINES = 120
"""Most lines of one traceback. Its two ends are kept: where it began, and which error it was."""
MAX_LINE_CHARS = 300
"""Most characters of one of its lines: an exception may quote its input, for instance a whole program."""


def configure(*, json: bool, level: str) -> None:
    """Configure the logging of this process. Called once, by its entry point."""
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if json
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(short_traceback),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _Stderr())),
    )
    logging.basicConfig(stream=sys.stderr, level=max(number, logging.WARNING), force=True)


class _Stderr:
    """Writes to the stderr of the moment: it may be replaced, and closed, while the process runs.

    It is no ``io.TextIOBase``: that one flushes when the interpreter is torn down and ``sys`` is gone.
    """

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def short_traceback(exc_info: structlog.typing.ExcInfo) -> str:
    """Format a traceback without the content of the request."""
    lines = [line[:MAX_LINE_CHARS] for line in "".join(traceback.format_exception(*exc_info)).splitlines()]
    if len(lines) > MAX_LINES:
        half = MAX_LINES // 2
        lines = [*lines[:half], f"  … {len(lines) - 2 * half} lines left out", *lines[-half:]]
    return "\n".join(lines)
