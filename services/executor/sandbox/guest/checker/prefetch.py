"""Finds the call of a test that may be made before the test starts. Pure.

A call can be prefetched if its test makes exactly one call to a name of the program, unconditionally and with constant
arguments. Then a whole suite costs one exchange of messages, or a few (``batch_size``), and not one for each test. The
test runs unchanged: the answer has arrived when its proxy needs it.
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..wire import codec
from ..wire.encoder import encode
from ..wire.nans import NaNs
from .early_answers import Leaves, expected_constants, leaves_of, shows_any
from .expected_answers import ExpectedAnswer, find_expected

_MAX_BATCH = 64
"""Calls in one batch. More would not be cheaper (the candidate wakes the checker after as many), and each call is
compared with all before it.
"""


@dataclass(frozen=True, slots=True)
class PrefetchCall:
    """One call of the program, with encoded arguments."""

    name: str
    args: list[Any]
    kwargs: dict[str, Any]
    arguments: Leaves
    """The constants in its arguments."""
    expected: list[Leaves]
    """The constants of its test outside the call."""
    answer: ExpectedAnswer | None
    """What its test compares the answer with, if it does nothing else."""

    def line(self) -> list[Any]:
        """Return the form in which it is sent."""
        return [self.name, self.args, self.kwargs]


class _ConstantsOnly:
    """``wire.Refs`` that refuses every reference: constants need none."""

    aliases: dict[int, int] | None = None
    nans = NaNs(is_test=True)

    def alias(self, value: Any, depth: int) -> Any:  # noqa: ARG002
        raise codec.WireError("not constant")

    export = resolve = alias

    def namespace(self, value: object, pairs: list[Any], depth: int) -> Any:  # noqa: ARG002
        raise codec.WireError("not constant")

    def pattern(self, text: Any, flags: Any) -> Any:  # noqa: ARG002
        raise codec.WireError("not constant")

    def adopt_numpy(self, value: Any) -> Any:  # noqa: ARG002
        raise codec.WireError("not constant")

    adopt_builtin = adopt_pandas = adopt_numpy


def find_prefetch(tree: ast.Module, nodes: list[ast.AST], names: set[str]) -> PrefetchCall | None:
    """Return the call of a test with these ``nodes``, if it can be prefetched; ``names`` are the program's."""
    if len(tree.body) != 1 or not isinstance(tree.body[0], ast.Assert):
        return None
    uses = [node for node in nodes if isinstance(node, ast.Name) and node.id in names]
    if len(uses) != 1 or any(map(_compares_identity, nodes)):
        return None
    for node in _unconditional(tree.body[0].test):
        if isinstance(node, ast.Call) and node.func is uses[0]:
            return _constant_call(node, uses[0].id, tree.body[0])
    return None


def _compares_identity(node: ast.AST) -> bool:
    """Whether a node asks if two objects are one (``is None`` does not): answers of a batch are copies."""
    return isinstance(node, ast.Compare) and any(
        isinstance(operator, (ast.Is, ast.IsNot))
        and not any(isinstance(side, ast.Constant) for side in (left, right))
        for operator, left, right in zip(
            node.ops, [node.left, *node.comparators], node.comparators, strict=False
        )
    )


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


def _constant_call(node: ast.Call, name: str, test: ast.Assert) -> PrefetchCall | None:
    if any(isinstance(arg, ast.Starred) for arg in node.args) or any(k.arg is None for k in node.keywords):
        return None
    refs = _ConstantsOnly()
    try:
        values = [ast.literal_eval(arg) for arg in node.args]
        named = {str(k.arg): ast.literal_eval(k.value) for k in node.keywords}
        args = [encode(value, refs) for value in values]
        kwargs = {key: encode(value, refs) for key, value in named.items()}
        arguments = leaves_of([*values, *named.values()])
        shown = expected_constants(test.test, node)
        return PrefetchCall(name, args, kwargs, arguments, shown, find_expected(test, node, refs))
    except (ValueError, TypeError, MemoryError, RecursionError, SyntaxError, codec.WireError):
        return None


def batch_size(calls: Sequence[PrefetchCall]) -> int:
    """Return how many of these calls, made one after another, may be sent together.

    A batch ends before a call whose arguments show what an earlier test of it expects (``early_answers``).
    """
    expected: list[Leaves] = []
    for number, call in enumerate(calls[:_MAX_BATCH]):
        if number and shows_any(call.arguments, expected):
            return number
        expected += call.expected
    return min(len(calls), _MAX_BATCH)
