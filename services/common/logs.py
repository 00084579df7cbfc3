"""Log lines: structlog to stderr, with the request id bound where there is one.

A traceback tells where and what, never the values of variables, and long lines are cut: what a request carried
stays out of the log.
"""

import io
import logging
import sys
import traceback
from typing import TextIO, cast

import structlog

MAX_LINES = 120
"""Lines of one traceback: its ends are kept, which tell where it began and what it was."""
MAX_LINE_CHARS = 300
"""Characters of one of its lines: an exception may quote what it was given, a whole program say."""


def configure(*, json: bool, level: str) -> None:
    """Set up this process's logging; call once, from its entry point."""
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
            structlog.processors.ExceptionRenderer(in_few_words),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _Stderr())),
    )
    logging.basicConfig(stream=sys.stderr, level=max(number, logging.WARNING), force=True)


class _Stderr(io.TextIOBase):
    """Whatever stderr is when a line is written: it may be replaced, and closed, while a process lives."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def in_few_words(exc_info: structlog.typing.ExcInfo) -> str:
    """A traceback without what the request carried."""
    lines = [line[:MAX_LINE_CHARS] for line in "".join(traceback.format_exception(*exc_info)).splitlines()]
    if len(lines) > MAX_LINES:
        half = MAX_LINES // 2
        lines = [*lines[:half], f"  … {len(lines) - 2 * half} lines left out", *lines[-half:]]
    return "\n".join(lines)
