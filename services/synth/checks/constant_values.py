"""Evaluates the constant parts of a test's condition, with the program's answer unknown or assumed. Pure.

Nothing is executed: a closed list of node types, operators and functions is computed here, within bounds. What is
outside of the list or of the bounds has an unknown value, so that no conclusion is drawn from it.
"""

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from services.synth.checks.operations import (
    BINARY,
    COMPARE,
    CONSTANTS,
    FUNCTIONS,
    MODULES,
    TYPES,
    UNARY,
    is_bounded,
    is_cheap,
    is_cheap_call,
)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that depends on the program, or that is not computed here."""

    truth: bool | None = None
    """Its truth value, where that is certain: a list with an item is true, whatever the item."""


class RaisesError(Exception):
    """The expression raises an exception, for the assumed answer."""


class Evaluator:
    """Evaluates expressions in which the program's answer may occur."""

    def __init__(self, is_answer: Callable[[ast.expr], bool], answer: object = Unknown()) -> None:
        self._is_answer = is_answer
        self._answer = answer

    def value(self, node: ast.expr) -> Any:  # noqa: ANN401 - a value of a test
        """Return the value of an expression, or an ``Unknown``.

        Raises:
            RaisesError: evaluating it raises an exception.
        """
        if self._is_answer(node):
            return self._answer
        try:
            value = self._value(node)
            return value if is_bounded(value) else Unknown(truth=True)
        except RaisesError:
            raise
        except (RecursionError, MemoryError, NotImplementedError):
            return Unknown()
        except Exception as error:  # noqa: BLE001 - what the test itself would raise
            raise RaisesError(f"{type(error).__name__}: {error}") from None

    def truth(self, node: ast.expr) -> bool | None:
        """Return whether an expression is true, or ``None`` where that is not known.

        Raises:
            RaisesError: as ``value``.
        """
        return _truth(self.value(node))

    def _value(self, node: ast.expr) -> Any:  # noqa: ANN401
        match node:
            case ast.Constant():
                return node.value
            case ast.Lambda() | ast.GeneratorExp():
                return Unknown(truth=True)
            case ast.JoinedStr():
                is_full = any(isinstance(part, ast.Constant) and part.value for part in node.values)
                return Unknown(truth=True if is_full else None)
        compute = _METHODS.get(type(node))
        return compute(self, node) if compute else Unknown()

    def _named(self, node: ast.Name | ast.Attribute) -> Any:  # noqa: ANN401
        name = _library_name(node)
        return CONSTANTS.get(name, TYPES.get(name, Unknown()))

    def _display(self, node: ast.Tuple | ast.List | ast.Set | ast.Dict) -> Any:  # noqa: ANN401
        if isinstance(node, ast.Dict):
            if None in node.keys:
                return Unknown()
            keys = [self.value(key) for key in node.keys if key is not None]
            values = [self.value(value) for value in node.values]
            if any(isinstance(part, Unknown) for part in (*keys, *values)):
                return Unknown(truth=bool(keys))
            return dict(zip(keys, values, strict=True))
        if any(isinstance(item, ast.Starred) for item in node.elts):
            return Unknown()
        items = [self.value(item) for item in node.elts]
        if any(isinstance(item, Unknown) for item in items):
            return Unknown(truth=True)
        return {ast.Tuple: tuple, ast.List: list, ast.Set: set}[type(node)](items)

    def _unary(self, node: ast.UnaryOp) -> Any:  # noqa: ANN401
        value = self.value(node.operand)
        if isinstance(node.op, ast.Not):
            truth = _truth(value)
            return Unknown() if truth is None else not truth
        return Unknown() if isinstance(value, Unknown) else UNARY[type(node.op)](value)

    def _binary(self, node: ast.BinOp) -> Any:  # noqa: ANN401
        left, right = self.value(node.left), self.value(node.right)
        compute = BINARY.get(type(node.op))
        if compute is None or isinstance(left, Unknown) or isinstance(right, Unknown):
            return Unknown()
        return compute(left, right) if is_cheap(node.op, left, right) else Unknown()

    def _boolean(self, node: ast.BoolOp) -> Any:  # noqa: ANN401
        """Return the value as Python does, left to right; an unknown operand may leave the result open."""
        decides = isinstance(node.op, ast.Or)  # ``or`` ends at a true operand, ``and`` at a false one
        has_unknown = False
        value: Any = Unknown()
        for operand in node.values:
            value = self.value(operand)
            truth = _truth(value)
            if truth is decides:
                return Unknown(truth=decides) if has_unknown else value
            has_unknown = has_unknown or truth is None
        return Unknown() if has_unknown else value

    def _compare(self, node: ast.Compare) -> Any:  # noqa: ANN401
        values = [self.value(part) for part in (node.left, *node.comparators)]
        has_unknown = False
        for op, left, right in zip(node.ops, values, values[1:], strict=False):
            if isinstance(left, Unknown) or isinstance(right, Unknown):
                has_unknown = True
            elif not COMPARE[type(op)](left, right):
                return False
        return Unknown() if has_unknown else True

    def _conditional(self, node: ast.IfExp) -> Any:  # noqa: ANN401
        truth = self.truth(node.test)
        if truth is not None:
            return self.value(node.body if truth else node.orelse)
        truths = {self.truth(node.body), self.truth(node.orelse)}
        return Unknown(truth=truths.pop() if len(truths) == 1 else None)

    def _item(self, node: ast.Subscript) -> Any:  # noqa: ANN401
        value = self.value(node.value)
        if isinstance(value, Unknown) or isinstance(node.slice, ast.Slice):
            return Unknown()
        index = self.value(node.slice)
        return Unknown() if isinstance(index, Unknown) else value[index]

    def _call(self, node: ast.Call) -> Any:  # noqa: ANN401
        function = FUNCTIONS.get(_library_name(node.func))
        if function is None or any(isinstance(argument, ast.Starred) for argument in node.args):
            return Unknown()
        arguments = [self.value(argument) for argument in node.args]
        keywords = {keyword.arg: self.value(keyword.value) for keyword in node.keywords}
        if None in keywords or any(isinstance(v, Unknown) for v in (*arguments, *keywords.values())):
            return Unknown()
        if not is_cheap_call(function, arguments, keywords):
            return Unknown()
        return function(*arguments, **{str(name): value for name, value in keywords.items()})


def _truth(value: object) -> bool | None:
    return value.truth if isinstance(value, Unknown) else bool(value)


def _library_name(node: ast.expr) -> str:
    """Return the last part of a name, or of an attribute of a library module; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in MODULES:
        return node.attr
    return ""


_METHODS: dict[type[ast.expr], Callable[[Evaluator, Any], Any]] = {
    ast.Name: Evaluator._named,  # noqa: SLF001 - of this module
    ast.Attribute: Evaluator._named,  # noqa: SLF001
    ast.Tuple: Evaluator._display,  # noqa: SLF001
    ast.List: Evaluator._display,  # noqa: SLF001
    ast.Set: Evaluator._display,  # noqa: SLF001
    ast.Dict: Evaluator._display,  # noqa: SLF001
    ast.UnaryOp: Evaluator._unary,  # noqa: SLF001
    ast.BinOp: Evaluator._binary,  # noqa: SLF001
    ast.BoolOp: Evaluator._boolean,  # noqa: SLF001
    ast.Compare: Evaluator._compare,  # noqa: SLF001
    ast.IfExp: Evaluator._conditional,  # noqa: SLF001
    ast.Subscript: Evaluator._item,  # noqa: SLF001
    ast.Call: Evaluator._call,  # noqa: SLF001
}
