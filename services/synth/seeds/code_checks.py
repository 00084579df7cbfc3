"""Checks the code of a seed by its syntax tree. Pure: nothing is run.

A seed inspires a question; it is never executed. So the checks ask whether a question about one function can come of
it, and not whether it works.
"""

import ast
from dataclasses import dataclass

from clients.completions.parsing import parse_quietly
from services.synth.seeds.outside import outside_use
from services.synth.seeds.prints import remove_prints
from services.synth.seeds.rejections import SeedReject, SeedRejectedError

_MAX_PARSED_CHARS = 200_000
"""Longest text that is parsed: far above any limit of a seed, and parsed in a tenth of a second."""


@dataclass(frozen=True, slots=True)
class CodeLimits:
    """How long a seed's code may be. Lines are those with code: no blank ones, comments or docstrings."""

    min_lines: int = 3
    """A function of two lines is an alias or a constant."""
    max_lines: int = 80
    """A longer one does more than a question can ask of one function."""
    max_chars: int = 6000
    """About 2,000 tokens: the prompt holds it beside the instructions."""
    allow_outside: bool = False
    """Whether code that uses files, the network, processes or the clock is kept."""


def check_code(program: str, limits: CodeLimits) -> str:
    """Return the code of a seed without its prints.

    Raises:
        SeedRejectedError: no question about one function can come of it; the reason says why.
    """
    if not program.strip():
        raise SeedRejectedError(SeedReject.NO_CODE, "the code is empty")
    if len(program) > _MAX_PARSED_CHARS:
        raise SeedRejectedError(SeedReject.TOO_LONG, f"{len(program):,} characters")
    tree = parse_code(program)
    if not any(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) for node in ast.walk(tree)):
        raise SeedRejectedError(SeedReject.NO_FUNCTION, "it defines no function")
    if "print" in program:
        program = _without_prints(program)
        tree = parse_code(program)
    check_size(program, tree, limits)
    if not limits.allow_outside and (use := outside_use(tree)):
        raise SeedRejectedError(SeedReject.NEEDS_OUTSIDE, f"it uses {use}")
    return program


def parse_code(program: str) -> ast.Module:
    """Return the tree of a program.

    Raises:
        SeedRejectedError: it does not parse.
    """
    try:
        return parse_quietly(program)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise SeedRejectedError(SeedReject.SYNTAX, f"{type(error).__name__}: {error}"[:200]) from None


def check_size(program: str, tree: ast.Module, limits: CodeLimits) -> None:
    """Check the length of a program.

    Raises:
        SeedRejectedError: it is too short or too long.
    """
    lines = count_code_lines(tree)
    if lines < limits.min_lines:
        raise SeedRejectedError(SeedReject.TOO_SHORT, f"{lines} lines of code, fewer than {limits.min_lines}")
    if lines > limits.max_lines:
        raise SeedRejectedError(SeedReject.TOO_LONG, f"{lines} lines of code, more than {limits.max_lines}")
    if len(program) > limits.max_chars:
        detail = f"{len(program):,} characters, more than {limits.max_chars:,}"
        raise SeedRejectedError(SeedReject.TOO_LONG, detail)


def count_code_lines(tree: ast.Module) -> int:
    """Return the number of lines that hold code; docstrings, comments and blank lines do not."""
    lines: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and not _is_text(node):
            last = node.lineno if hasattr(node, "body") else (node.end_lineno or node.lineno)
            lines.update(range(node.lineno, last + 1))
    return len(lines)


def _without_prints(program: str) -> str:
    try:
        return remove_prints(program)
    except RecursionError:
        raise SeedRejectedError(SeedReject.SYNTAX, "the code is nested too deeply") from None


def _is_text(node: ast.stmt) -> bool:
    value = node.value if isinstance(node, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)
