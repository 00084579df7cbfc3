"""Parsing of other people's Python without their warnings. Raises what ``ast.parse`` raises."""

import ast
import threading
import warnings

_filters = threading.Lock()


def parse_quietly(source: str) -> ast.Module:
    """Parse ``source``; a warning about its escapes is no business of whoever called us."""
    # The lock keeps two threads from restoring each other's filters.
    with _filters, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source)
