"""Finds tests whose arguments show what an earlier test of the same batch expects. Pure.

All calls of a batch are in the program's process before it answers the first. In ``enc("abc") == "bcd"`` and
``dec("bcd") == "abc"``, a program could answer the first from the arguments of the second, which plain Python would not
have let it see. Both texts are constants, so the plan finds such a pair, and the batch ends before the second test.

A constant shows in arguments if every number and text in it is among theirs, a text of some length also as a part of a
longer one. Not found: what a program would have to compute from later arguments.
"""

import ast
from collections.abc import Iterable, Iterator
from typing import Any

_PART_CHARS = 4
"""A text this long is also found inside a longer one. Shorter ones occur by chance."""

Leaves = frozenset[Any]
"""The numbers, texts and empty containers of one constant."""


def expected_constants(test: ast.expr, call: ast.Call) -> list[Leaves]:
    """Return the constants of a test outside its call, the largest ones: ``[1, 2]``, not 1 and 2."""
    return list(_outside(test, call))


def leaves_of(value: Any) -> Leaves:
    """Return the numbers, texts and empty containers in a plain value."""
    return frozenset(_leaves(value))


def shows_any(arguments: Leaves, expected: Iterable[Leaves]) -> bool:
    """Whether the arguments of a call show one of these constants."""
    texts = [leaf for leaf in arguments if type(leaf) is str and len(leaf) > _PART_CHARS]
    return any(
        constant <= arguments
        or (bool(texts) and all(leaf in arguments or _is_part(leaf, texts) for leaf in constant))
        for constant in expected
    )


def _is_part(leaf: Any, texts: list[str]) -> bool:
    return type(leaf) is str and len(leaf) >= _PART_CHARS and any(leaf in text for text in texts)


def _outside(node: ast.AST, call: ast.Call) -> Iterator[Leaves]:
    if node is call or isinstance(node, ast.Name):
        return
    if isinstance(node, (ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.Set, ast.UnaryOp, ast.BinOp)):
        found, value = _constant(node)
        if found:
            yield leaves_of(value)
            return
    for child in ast.iter_child_nodes(node):
        yield from _outside(child, call)


def _constant(node: ast.expr) -> tuple[bool, Any]:
    """Return whether an expression is constant, and its value."""
    if isinstance(node, ast.Constant):
        return True, node.value
    try:
        return True, ast.literal_eval(node)
    except (ValueError, TypeError, MemoryError, RecursionError, SyntaxError):
        return _computed(node)


def _computed(node: ast.expr) -> tuple[bool, Any]:
    """Return whether the compiler computes this (``2 ** 3``), and the value. It computes only what stays small."""
    if not isinstance(node, (ast.UnaryOp, ast.BinOp)):
        return False, None
    parts = (part for part in ast.walk(node) if isinstance(part, ast.expr))
    if not all(isinstance(part, (ast.Constant, ast.UnaryOp, ast.BinOp)) for part in parts):
        return False, None
    code = compile(ast.Expression(node), "<constant>", "eval")
    if code.co_stacksize > 1:  # an operation is left, which needs its operands on the stack
        return False, None
    try:
        return True, eval(code)  # noqa: S307  -- it loads one constant, or negates a text: constants only
    except TypeError:
        return False, None


def _leaves(value: Any) -> Iterator[Any]:
    kind = type(value)
    if kind in (list, tuple, set, frozenset, dict):
        if not value:
            yield kind
        for item in value.items() if kind is dict else value:
            yield from _leaves(item)
    elif kind is bool:
        yield (bool, value)  # else it would be found in every 0 and 1
    else:
        yield value
