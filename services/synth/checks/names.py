"""Lists the names that a constant expression of a test may use, and finds the names that it may not. Pure.

The executor gives tests the names of the language and of the standard library without an import
(``docs/semantics.md``, "Whose a name is"), so ``math.inf`` and ``Counter`` are known here without one.
"""

import ast
import builtins
from collections.abc import Collection, Iterator

_IMPURE_BUILTINS = frozenset(
    "__import__ breakpoint compile eval exec exit globals hash help id input "
    " locals memoryview open print quit vars".split()
)
"""Their values differ between runs, or they do more than compute a value."""
_MODULES = frozenset(
    "bisect calendar cmath collections copy dataclasses datetime decimal fractions functools heapq itertools json math "
    "np numbers numpy operator re statistics string textwrap typing".split()
)
"""Modules that only compute."""
_OTHERS = frozenset(
    "isclose sqrt pi e inf nan isnan isinf isfinite floor ceil factorial gcd lcm comb perm prod log exp sin cos tan "
    "Counter OrderedDict defaultdict deque namedtuple permutations combinations product chain islice reduce partial "
    "deepcopy Decimal Fraction date timedelta approx allclose array_equal "
    "Any Dict List Optional Set Tuple Union".split()
)
"""Names that tests use without an import, and that the executor takes from the library."""
_CLOCKS = frozenset({"now", "today", "utcnow", "time", "random", "shuffle"})
"""Attributes of library objects whose value is another in the next run."""
PURE_NAMES = (frozenset(dir(builtins)) - _IMPURE_BUILTINS) | _MODULES | _OTHERS


def unknown_name(node: ast.AST, known: Collection[str]) -> str:
    """Return a name in ``node`` that makes it no constant, as written; empty if there is none.

    ``known`` are the names that the suite's setup binds. Names that the expression binds itself (the target of a
    comprehension) are known.
    """
    bound = {
        part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
    }
    bound |= {part.arg for part in ast.walk(node) if isinstance(part, ast.arg)}
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and part.id not in bound and part.id not in known:
            if part.id not in PURE_NAMES:
                return part.id
        elif isinstance(part, ast.Attribute) and part.attr in _CLOCKS and _is_library(part.value):
            return ast.unparse(part)
    return ""


def _is_library(node: ast.expr) -> bool:
    """Whether an expression is a name, or an attribute of one: ``datetime.datetime``."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def bound_names(statements: ast.Module) -> set[str]:
    """Return the names that the statements of a setup bind at their top level."""
    return set(_bound(statements))


def _bound(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
