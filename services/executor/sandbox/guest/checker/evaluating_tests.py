"""Finds the tests that may run text or bytes as code (``pickle.loads(f(2))``), by the names that they use. Pure.

What such a test runs may be an answer of the program. A direct use of ``eval``, ``exec`` or ``compile`` is no reason
here: those are guarded when they are called (``evaluation``).

Not found: a test that lets an answer choose a function, such as ``getattr(module, f(2))(f(3))``.
"""

import ast
from collections.abc import Iterable, Iterator
from typing import TypeGuard

from ..wire.evaluating_names import FRAME_METHODS, GUARDED, KEYWORDS, MEMBERS, MODULES, REPLACEABLE

_BY_NAME = frozenset(
    "getattr attrgetter methodcaller import_module __import__ __getattribute__ resolve_name patch".split()
)
"""Functions that take the name of what they look up."""
_TABLES = frozenset("modules globals locals vars __dict__ __builtins__".split())
"""Mappings that have functions or modules by name."""
_NAMED = (MODULES | MEMBERS | GUARDED) - {"code", "trace", "profile", "timeit"}
"""What counts as named in a text: not words that are keys of dictionaries, too."""
_DATA_FRAMES = frozenset({"pandas", "pd", "DataFrame", "polars", "pl"})


def evaluating_tests(
    trees: list[ast.Module | str], before: ast.Module, program_names: Iterable[str]
) -> frozenset[int]:
    """Return the numbers of the tests that may evaluate an answer; ``before`` is what runs before each of them."""
    given = set(program_names)
    replaced = {id(node.value) for node in ast.walk(before) if _is_replaceable(node)}
    common = [
        node
        for node in ast.walk(before)
        if not isinstance(node, (ast.Import, ast.ImportFrom)) and id(node) not in replaced
    ]
    found = set()
    for t, tree in enumerate(trees):
        if isinstance(tree, ast.Module):
            own = list(ast.walk(tree))
            nodes = [*ast.walk(before), *own]
            bound = {name for node in nodes for name in _bound(node)}
            dangerous = {*((MODULES | MEMBERS) - bound - given), *_aliases(nodes)}
            frames = any(_name(node) in _DATA_FRAMES for node in nodes)
            attributes = MEMBERS | (FRAME_METHODS if frames else frozenset())
            replaced = {id(node.value) for node in nodes if _is_replaceable(node)}
            own = [node for node in own if id(node) not in replaced]
            if any(_evaluates(node, dangerous, attributes) for node in (*common, *own)):
                found.add(t)
    return frozenset(found)


def _is_replaceable(node: ast.AST) -> TypeGuard[ast.Attribute]:
    """Whether a node is ``builtins.input`` or another builtin whose replacement reaches the program."""
    return (
        isinstance(node, ast.Attribute)
        and node.attr in REPLACEABLE
        and isinstance(node.value, ast.Name)
        and node.value.id == "builtins"
    )


def _bound(node: ast.AST) -> Iterator[str]:
    """Yield the names that a node binds to something of the suite's own."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, ast.arg):
        yield node.arg


def _name(node: ast.AST) -> str:
    """Return the name that a node uses or imports; empty if it does neither."""
    if isinstance(node, ast.alias):
        return node.name.partition(".")[0]
    return node.id if isinstance(node, ast.Name) else (getattr(node, "module", "") or "").partition(".")[0]


def _aliases(nodes: Iterable[ast.AST]) -> set[str]:
    """Return the names that imports give to listed modules and functions."""
    return {name for node in nodes for name in _imported(node)}


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            if not MODULES.isdisjoint(alias.name.split(".")):
                yield (alias.asname or alias.name).partition(".")[0]
    elif isinstance(node, ast.ImportFrom):
        is_listed = not MODULES.isdisjoint((node.module or "").split("."))
        for alias in node.names:
            if is_listed or alias.name in MODULES | MEMBERS or (node.module, alias.name) == ("sys", "path"):
                yield alias.asname or alias.name


def _evaluates(node: ast.AST, names: set[str], attributes: frozenset[str]) -> bool:
    """Whether a node uses one of the names."""
    if isinstance(node, ast.Name):
        return node.id in names
    if isinstance(node, ast.Attribute):
        is_search_path = node.attr == "path" and isinstance(node.value, ast.Name) and node.value.id == "sys"
        return node.attr in attributes or is_search_path
    if isinstance(node, ast.keyword):
        return node.arg in KEYWORDS
    if isinstance(node, ast.ImportFrom):  # ``from pickle import *``
        return "*" in _aliases([node])
    if isinstance(node, ast.Call):
        function = node.func
        name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
        return name in _BY_NAME and any(_names_one(argument) for argument in node.args)
    if isinstance(node, ast.Subscript):
        words = {getattr(part, "id", None) or getattr(part, "attr", None) for part in ast.walk(node.value)}
        return not _TABLES.isdisjoint(words) and _names_one(node.slice)
    return False


def _names_one(node: ast.expr) -> bool:
    """Whether an expression is the text of a listed name, or of a path to one."""
    return (
        isinstance(node, ast.Constant)
        and type(node.value) is str
        and node.value.removeprefix("builtins.") not in REPLACEABLE
        and not _NAMED.isdisjoint(node.value.split("."))
    )
