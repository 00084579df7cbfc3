"""Compiles the Python source of tests, to find what is wrong with it before it is sent to a jail."""

import ast
import warnings
from functools import lru_cache

from clients.contract import Suite

MAX_SOURCE_CHARS = 2**18
"""Longest text that is compiled: a quarter of a megabyte takes about 250 ms, during which the process does
nothing else."""


@lru_cache(maxsize=4096)
def compile_fault(source: str) -> str:
    """Return why the text is not Python, or an empty string. Cached: the same suites are sent many times."""
    if len(source) > MAX_SOURCE_CHARS:
        return f"longer than {MAX_SOURCE_CHARS} characters; put data into an 'io' test"
    try:
        with warnings.catch_warnings():
            # an "invalid escape sequence" in a test is not this service's warning
            warnings.simplefilter("ignore")
            # In two steps, as the guest compiles tests: the same limits on nesting hold here.
            compile(ast.parse(source), "<test>", "exec", dont_inherit=True)
    except SyntaxError as exc:
        return f"SyntaxError: {exc.msg} (line {exc.lineno or 0})"
    except (ValueError, RecursionError, MemoryError, OverflowError) as exc:
        return f"{type(exc).__name__}: too deeply nested, or not text that Python reads"
    return ""


def setup_fault(suite: Suite) -> str:
    """Return why the ``setup`` of a suite is not Python, or an empty string."""
    fault = compile_fault(suite.setup)
    return f"setup: {fault}" if fault else ""


def parse(source: str) -> ast.Module:
    """Parse a text in which ``compile_fault`` finds nothing wrong."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source)


def has_effect(node: ast.stmt) -> bool:
    """Whether a statement has an effect: ``pass``, a docstring and any other bare constant have none."""
    return not isinstance(node, ast.Pass) and not (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    )
