"""How alike two programs are as text. Pure; nothing is run, and nothing is said about what they do."""

import ast
import io
import tokenize

from clients.completions.parsing import parse_quietly

_SHINGLE = 4  # tokens: long enough that common phrases (``for i in range``) do not make programs alike
_LAYOUT = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
_UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError, IndexError)

Shingles = frozenset[tuple[str, ...]]


def canonical(program: str) -> str:
    """Return the program without comments, docstrings and layout; programs with the same one do the same,
    but for one that reads its own text.

    Text that is no Python comes back without blank lines and trailing spaces.
    """
    try:
        return ast.unparse(_WithoutDocstrings().visit(parse_quietly(program)))
    except _UNREADABLE:
        return "\n".join(line.rstrip() for line in program.splitlines() if line.strip())


def shingles(program: str) -> Shingles:
    """Return every run of four tokens of the program."""
    words = _tokens(program)
    last = max(1, len(words) - _SHINGLE + 1)
    return frozenset(tuple(words[at : at + _SHINGLE]) for at in range(last))


def likeness(one: Shingles, other: Shingles) -> float:
    """Return the share of runs that both have, of all that either has: 1 for the same, 0 for nothing shared."""
    return len(one & other) / len(one | other) if one or other else 1.0


def _tokens(program: str) -> list[str]:
    try:
        found = list(tokenize.generate_tokens(io.StringIO(program).readline))
    except (*_UNREADABLE, tokenize.TokenError):
        return program.split()
    return [token.string for token in found if token.type not in _LAYOUT and token.string]


class _WithoutDocstrings(ast.NodeTransformer):
    """Drops strings that stand alone as statements."""

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        alone = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if alone else node
