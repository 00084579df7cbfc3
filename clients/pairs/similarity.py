"""Reduces programs to canonical text, and measures what share of their token runs two programs have in common.

Pure: runs nothing, and does not compare what the programs do.
"""

import ast
import io
import tokenize
from functools import lru_cache

from clients.completions.parsing import parse_quietly

_SHINGLE = 4  # tokens: long enough that common phrases (``for i in range``) do not make programs similar
_LAYOUT = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
_UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError, IndexError)

Shingles = frozenset[tuple[str, ...]]


# the answers of a question repeat programs, and each file of pairs looks at all of them
@lru_cache(maxsize=256)
def canonical(program: str) -> str:
    """Return the program without comments, docstrings and layout.

    Programs with the same canonical text do the same, unless a program reads its own source. A text that is not
    Python is returned without blank lines and trailing spaces.
    """
    try:
        return ast.unparse(_WithoutDocstrings().visit(parse_quietly(program)))
    except _UNREADABLE:
        return "\n".join(line.rstrip() for line in program.splitlines() if line.strip())


def shingles(program: str) -> Shingles:
    """Return every run of four tokens of the program."""
    tokens = _tokens(program)
    count = max(1, len(tokens) - _SHINGLE + 1)
    return frozenset(tuple(tokens[at : at + _SHINGLE]) for at in range(count))


def similarity(one: Shingles, other: Shingles) -> float:
    """Return the runs that both have divided by the runs that either has: 1 if all are shared, 0 if none."""
    return len(one & other) / len(one | other) if one or other else 1.0


def _tokens(program: str) -> list[str]:
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(program).readline))
    except (*_UNREADABLE, tokenize.TokenError):
        return program.split()
    return [token.string for token in tokens if token.type not in _LAYOUT and token.string]


class _WithoutDocstrings(ast.NodeTransformer):
    """Removes strings that are statements of their own."""

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        is_text = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if is_text else node
