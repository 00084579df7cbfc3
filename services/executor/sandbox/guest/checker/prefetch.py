"""Finds the call of a test that may be made before the test starts. Pure.

A call can be prefetched if its test makes exactly one call to a name of the program, unconditionally and with constant
arguments. Then a whole suite costs one exchange of messages instead of one for each test. The test runs unchanged: the
answer has arrived when its proxy needs it.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..wire import codec
from ..wire.encoder import encode


@dataclass(frozen=True, slots=True)
class PrefetchCall:
    """One call of the program, with encoded arguments."""

    name: str
    args: list[Any]
    kwargs: dict[str, Any]

    def line(self) -> list[Any]:
        """Return the form in which it is sent."""
        return [self.name, self.args, self.kwargs]


class _ConstantsOnly:
    """``wire.Refs`` that refuses every reference: constants need none."""

    aliases: dict[int, int] | None = None

    def alias(self, value: Any, depth: int) -> Any:  # noqa: ARG002
        raise codec.WireError("not constant")

    export = resolve = alias


def find_prefetch(tree: ast.Module, names: set[str]) -> PrefetchCall | None:
    """Return the call of a test, if it can be prefetched; ``names`` are the program's."""
    if len(tree.body) != 1 or not isinstance(tree.body[0], ast.Assert):
        return None
    uses = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id in names]
    if len(uses) != 1:
        return None
    for node in _unconditional(tree.body[0].test):
        if isinstance(node, ast.Call) and node.func is uses[0]:
            return _constant_call(node, uses[0].id)
    return None


def _unconditional(node: ast.expr) -> Iterator[ast.expr]:
    """Yield the expressions that are evaluated once whenever ``node`` is."""
    yield node
    children: list[ast.expr] = []
    if isinstance(node, ast.Compare):
        children = [node.left, node.comparators[0]]
    elif isinstance(node, ast.BoolOp):
        children = [node.values[0]]
    elif isinstance(node, ast.UnaryOp):
        children = [node.operand]
    elif isinstance(node, ast.BinOp):
        children = [node.left, node.right]
    elif isinstance(node, ast.Call):
        children = [node.func, *node.args, *(keyword.value for keyword in node.keywords)]
    elif isinstance(node, (ast.Attribute, ast.Subscript)):
        children = [node.value]
    elif isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        children = list(node.elts)
    for child in children:
        yield from _unconditional(child)


def _constant_call(node: ast.Call, name: str) -> PrefetchCall | None:
    if any(isinstance(arg, ast.Starred) for arg in node.args) or any(k.arg is None for k in node.keywords):
        return None
    refs = _ConstantsOnly()
    try:
        args = [encode(ast.literal_eval(arg), refs) for arg in node.args]
        kwargs = {str(k.arg): encode(ast.literal_eval(k.value), refs) for k in node.keywords}
    except (ValueError, TypeError, MemoryError, RecursionError, SyntaxError, codec.WireError):
        return None
    return PrefetchCall(name, args, kwargs)
