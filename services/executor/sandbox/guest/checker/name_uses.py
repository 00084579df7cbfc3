"""Finds how a test uses each of its names, and whether an object can be used like that. Pure.

A test that calls ``calendar(2024)`` cannot mean the library's module, and one that calls ``gcd(4, 6)`` cannot mean a
list of the program's. In doubt, an object counts as usable.
"""

import ast
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .library_names import has_attribute
from .syntax_tree import nodes_of

_NEED_ITERABLE = frozenset(
    "len sorted list tuple set dict frozenset sum min max any all enumerate reversed".split()
)
"""Builtins that, called with one argument, iterate it."""
_CONSTRUCTORS = frozenset(["list", "tuple", "set", "dict", "frozenset"])
_LITERALS = (ast.Constant, ast.List, ast.Tuple, ast.Set, ast.Dict, ast.JoinedStr)


@dataclass(slots=True)
class Uses:
    """The uses of one name in one text."""

    called: bool = False
    iterated: bool = False
    indexed: bool = False
    added: bool = False
    """It is an operand of arithmetic."""
    examined: bool = False
    """Its value itself is tested: compared with a literal, asserted, or its type checked."""
    attributes: set[str] = field(default_factory=set)

    def are_possible_for_library(self, value: Any) -> bool:
        """Whether a test may use the library's object like this. No test examines a function, class or constant of the
        library's.
        """
        kind = type(value)
        return not (
            self.examined
            or (self.called and not callable(value))
            or (self.iterated and not hasattr(kind, "__iter__"))
            or (self.indexed and not hasattr(kind, "__getitem__") and not hasattr(value, "__class_getitem__"))
            or (self.added and not isinstance(value, (int, float)))
            or not all(has_attribute(value, name) for name in self.attributes)
        )

    def are_possible_for_data(self, value: Any) -> bool:
        """Whether a test may use plain data of the program's like this."""
        return not self.called and all(hasattr(value, name) for name in self.attributes)


_UsesByName = defaultdict[str, Uses]


def find_uses(nodes: Iterable[ast.AST]) -> dict[str, Uses]:
    """Return the uses of each name that a text, of these nodes, uses in one of the ways above."""
    uses: _UsesByName = defaultdict(Uses)
    for node in nodes:
        if (add := _ADD_USES.get(type(node))) is not None:
            add(node, uses)
    return uses


def wrapped_calls(nodes: Iterable[ast.AST], names: set[str]) -> set[str]:
    """Return those of ``names`` that the text calls on the result of calling another of them."""
    return {
        name
        for call, name in _calls(nodes)
        if name in names
        for argument in [*call.args, *(keyword.value for keyword in call.keywords)]
        for _inner, other in _calls(nodes_of(argument))
        if other in names and other != name
    }


def _calls(nodes: Iterable[ast.AST]) -> Iterator[tuple[ast.Call, str]]:
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node, node.func.id


def _add_attribute(node: ast.Attribute, uses: _UsesByName) -> None:
    if isinstance(node.value, ast.Name):
        uses[node.value.id].attributes.add(node.attr)


def _add_subscript(node: ast.Subscript, uses: _UsesByName) -> None:
    if isinstance(node.value, ast.Name):
        uses[node.value.id].indexed = True


def _add_loop(node: ast.For | ast.AsyncFor | ast.comprehension, uses: _UsesByName) -> None:
    if isinstance(node.iter, ast.Name):
        uses[node.iter.id].iterated = True


def _add_starred(node: ast.Starred, uses: _UsesByName) -> None:
    if isinstance(node.value, ast.Name):
        uses[node.value.id].iterated = True


def _add_arithmetic(node: ast.BinOp, uses: _UsesByName) -> None:
    if isinstance(node.op, ast.BitOr):
        return  # ``A | B`` may be a type
    for operand in (node.left, node.right):
        if isinstance(operand, ast.Name):
            uses[operand.id].added = True


def _add_assertion(node: ast.Assert, uses: _UsesByName) -> None:
    if isinstance(node.test, ast.Name):
        uses[node.test.id].examined = True


def _add_negation(node: ast.UnaryOp, uses: _UsesByName) -> None:
    if isinstance(node.operand, ast.Name):
        uses[node.operand.id].examined |= isinstance(node.op, ast.Not)


def _add_call(node: ast.Call, uses: _UsesByName) -> None:
    if not isinstance(node.func, ast.Name):
        return
    uses[node.func.id].called = True
    if not node.args or not isinstance(node.args[0], ast.Name):
        return
    if node.func.id in _NEED_ITERABLE and len(node.args) == 1:
        uses[node.args[0].id].iterated = True
    elif node.func.id == "isinstance":
        uses[node.args[0].id].examined = True


def _add_comparison(node: ast.Compare, uses: _UsesByName) -> None:
    operands = [node.left, *node.comparators]
    for operator, left, right in zip(node.ops, operands, operands[1:], strict=False):
        if isinstance(operator, (ast.In, ast.NotIn)):
            if isinstance(right, ast.Name):
                uses[right.id].iterated = True
            continue
        for operand, other in ((left, right), (right, left)):
            if isinstance(operand, ast.Name) and _is_literal(other):
                uses[operand.id].examined = True


def _is_literal(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp):
        return _is_literal(node.operand)
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in _CONSTRUCTORS
    return isinstance(node, _LITERALS)


_ADD_USES: dict[type, Callable[[Any, _UsesByName], None]] = {
    ast.Call: _add_call,
    ast.Attribute: _add_attribute,
    ast.Subscript: _add_subscript,
    ast.For: _add_loop,
    ast.AsyncFor: _add_loop,
    ast.comprehension: _add_loop,
    ast.Starred: _add_starred,
    ast.Compare: _add_comparison,
    ast.BinOp: _add_arithmetic,
    ast.Assert: _add_assertion,
    ast.UnaryOp: _add_negation,
}
"""Kind of node → what adds the uses that such a node shows."""
