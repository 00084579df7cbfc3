"""Finds how a test uses each of its names, and whether an object can be used like that. Pure.

A test that calls ``calendar(2024)`` cannot mean the library's module, and one that calls ``gcd(4, 6)`` cannot mean a
list of the program's. In doubt, an object counts as usable.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .library_names import has_attribute

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


def find_uses(*trees: ast.Module) -> dict[str, Uses]:
    """Return the uses of each name that the texts use in one of the ways above."""
    uses: defaultdict[str, Uses] = defaultdict(Uses)
    for tree in trees:
        for node in ast.walk(tree):
            _add_uses(node, uses)
    return uses


def wrapped_calls(tree: ast.Module, names: set[str]) -> set[str]:
    """Return those of ``names`` that the text calls on the result of calling another of them."""
    return {
        name
        for call, name in _calls(tree)
        if name in names
        for argument in [*call.args, *(keyword.value for keyword in call.keywords)]
        for _inner, other in _calls(argument)
        if other in names and other != name
    }


def _calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node, node.func.id


def _add_uses(node: ast.AST, uses: defaultdict[str, Uses]) -> None:
    if isinstance(node, ast.Call):
        _add_call(node, uses)
    elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        uses[node.value.id].attributes.add(node.attr)
    elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        uses[node.value.id].indexed = True
    elif isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)) and isinstance(node.iter, ast.Name):
        uses[node.iter.id].iterated = True
    elif isinstance(node, ast.Starred) and isinstance(node.value, ast.Name):
        uses[node.value.id].iterated = True
    elif isinstance(node, ast.Compare):
        _add_comparison(node, uses)
    elif isinstance(node, ast.BinOp) and not isinstance(node.op, ast.BitOr):  # ``A | B`` may be a type
        for operand in (node.left, node.right):
            if isinstance(operand, ast.Name):
                uses[operand.id].added = True
    elif isinstance(node, ast.Assert) and isinstance(node.test, ast.Name):
        uses[node.test.id].examined = True
    elif isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Name):
        uses[node.operand.id].examined |= isinstance(node.op, ast.Not)


def _add_call(node: ast.Call, uses: defaultdict[str, Uses]) -> None:
    if not isinstance(node.func, ast.Name):
        return
    uses[node.func.id].called = True
    if not node.args or not isinstance(node.args[0], ast.Name):
        return
    if node.func.id in _NEED_ITERABLE and len(node.args) == 1:
        uses[node.args[0].id].iterated = True
    elif node.func.id == "isinstance":
        uses[node.args[0].id].examined = True


def _add_comparison(node: ast.Compare, uses: defaultdict[str, Uses]) -> None:
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
