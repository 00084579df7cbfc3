"""Parses Python that others wrote: without its warnings, and for a completion within a budget. Pure."""

import ast
import re
import threading
import warnings

MAX_PARSES = 48
"""Parses of one completion, at most."""
MAX_PARSED_CHARS = 400_000
"""Characters parsed for one completion, at most: about a third of a second. No honest answer comes near."""

_TOP_LEVEL = re.compile(r"[A-Za-z_@]")
_SALVAGES = 3  # cuts tried on one piece of truncated code; the first nearly always suffices
_filters = threading.Lock()


def parse_quietly(source: str) -> ast.Module:
    """Parse ``source`` without showing warnings about it, for instance about its escapes.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: as ``ast.parse``.
    """
    # The lock keeps two threads from restoring each other's filters.
    with _filters, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source)


class BudgetedParser:
    """Parses the code of one completion within a budget, so that no completion costs more than a bounded time."""

    def __init__(self) -> None:
        self._parses = MAX_PARSES
        self._chars = MAX_PARSED_CHARS

    def parse(self, code: str) -> ast.Module | SyntaxError | None:
        """Return the tree, the error, or ``None`` where there is neither (budget used up, deep nesting, NUL)."""
        if self._parses <= 0 or len(code) > self._chars:
            return None
        self._parses -= 1
        self._chars -= len(code)
        try:
            return parse_quietly(code)
        except SyntaxError as error:
            return error
        except (ValueError, RecursionError, MemoryError, OverflowError):
            return None

    def salvage(self, code: str) -> tuple[str, ast.Module] | None:
        """Return ``code`` up to the top-level statement that does not compile; ``None`` if nothing is left."""
        for _ in range(_SALVAGES):
            parsed = self.parse(code)
            if isinstance(parsed, ast.Module):
                return (code, parsed) if parsed.body else None
            if parsed is None or not (code := _before(code, parsed.lineno)):
                return None
        return None


def _before(code: str, lineno: int | None) -> str:
    """Return ``code`` up to the top-level statement that holds line ``lineno``."""
    lines = code.split("\n")
    line_count = min(lineno or 1, len(lines)) - 1
    while line_count > 0 and not _TOP_LEVEL.match(lines[line_count]):
        line_count -= 1
    # A function that is cut off loses its decorators too.
    while line_count > 0 and lines[line_count - 1].startswith("@"):
        line_count -= 1
    return "\n".join(lines[:line_count]).rstrip()
