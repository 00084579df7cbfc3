"""Finds in a test what it observes: which call it makes, and which expression of the result it compares. Pure.

``assert set(f([1, 2])) == {1}`` observes ``set(f(…))`` for the arguments ``([1, 2],)``. A new test keeps the expression
and changes the arguments. So a test that does not look at the order of a result has followers that do not either.
"""

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.synth.mutation.literals import NotPlainError, has_float, read, render

_BUILTINS = {
    "abs", "bool", "dict", "float", "int", "len", "list", "max", "min", "round", "set", "sorted", "str", "sum", "tuple",
}  # fmt: skip
"""Functions that may surround the call in what is observed: they have no side effect and depend on nothing else."""
_TOLERANCE = 1e-6
"""Of a float result: relative, or absolute below 1. HumanEval's own tests use it."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One call with constant arguments and the expression around it."""

    before: str
    """Text of the expression before the call's arguments: ``set(f(``."""
    after: str
    """Text behind them: ``))``."""
    arguments: tuple[Any, ...]
    """The values of the positional arguments."""
    keywords: tuple[tuple[str, Any], ...] = ()
    """Names and values of the keyword arguments."""

    @property
    def values(self) -> tuple[Any, ...]:
        """All argument values, positional first."""
        return (*self.arguments, *(value for _, value in self.keywords))

    def with_values(self, values: Sequence[Any]) -> "Observation":
        """Return the same observation of other argument values, in the order of ``values``."""
        count = len(self.arguments)
        names = [name for name, _ in self.keywords]
        keywords = tuple(zip(names, values[count:], strict=True))
        return Observation(self.before, self.after, tuple(values[:count]), keywords)

    @property
    def expression(self) -> str:
        """The expression, as Python text.

        Raises:
            NotPlainError: an argument has no literal.
        """
        parts = [render(value) for value in self.arguments]
        parts += [f"{name}={render(value)}" for name, value in self.keywords]
        return self.before + ", ".join(parts) + self.after

    def test(self, expected: Any) -> str:  # noqa: ANN401
        """Return the test that expects this value; a float may differ by ``_TOLERANCE``.

        Raises:
            NotPlainError: the value, or an argument, has no literal.
        """
        if type(expected) is float:
            margin = float(f"{_TOLERANCE * max(1.0, abs(expected)):.1g}")
            return f"assert abs({self.expression} - {_operand(expected)}) <= {margin!r}"
        if expected is None:
            return f"assert {self.expression} is None"
        return f"assert {self.expression} == {render(expected)}"


def _operand(number: float) -> str:
    return f"({number!r})" if number < 0 else repr(number)


def observe(test: str, entry_point: str) -> Observation | None:
    """Return what a test observes; ``None`` if it does not call ``entry_point`` exactly once with constants."""
    try:
        body = ast.parse(test).body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None
    if len(body) != 1 or not isinstance(body[0], ast.Assert):
        return None
    calls = [
        node
        for node in ast.walk(body[0].test)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == entry_point
    ]
    if len(calls) != 1:
        return None
    return _observation(body[0].test, calls[0])


def _observation(condition: ast.expr, call: ast.Call) -> Observation | None:
    if any(keyword.arg is None for keyword in call.keywords):
        return None
    try:
        arguments = tuple(read(ast.unparse(argument)) for argument in call.args)
        keywords = tuple((keyword.arg or "", read(ast.unparse(keyword.value))) for keyword in call.keywords)
    except NotPlainError:
        return None
    before, after = _surroundings(_compared_side(condition, call), call)
    return Observation(before, after, arguments, keywords)


def _compared_side(condition: ast.expr, call: ast.Call) -> ast.expr:
    """Return the side of an equality that holds the call, if it is the call within plain functions; else the call."""
    if (
        isinstance(condition, ast.Compare)
        and len(condition.ops) == 1
        and isinstance(condition.ops[0], ast.Eq)
    ):
        for side in (condition.left, condition.comparators[0]):
            if any(node is call for node in ast.walk(side)) and _is_plain_around(side, call):
                return side
    return call


def _is_plain_around(side: ast.expr, call: ast.Call) -> bool:
    while side is not call:
        if not (
            isinstance(side, ast.Call)
            and isinstance(side.func, ast.Name)
            and side.func.id in _BUILTINS
            and len(side.args) == 1
            and not side.keywords
        ):
            return False
        side = side.args[0]
    return True


def _surroundings(side: ast.expr, call: ast.Call) -> tuple[str, str]:
    names = []
    while side is not call:
        assert isinstance(side, ast.Call)
        names.append(ast.unparse(side.func))
        side = side.args[0]
    names.append(ast.unparse(call.func))
    return "".join(f"{name}(" for name in names), ")" * len(names)


def same_value(one: Any, other: Any) -> bool:  # noqa: ANN401
    """Whether two observed values are equal and of equal types; floats may differ by half a test's tolerance."""
    if type(one) is float and type(other) is float:
        return abs(one - other) <= _TOLERANCE * max(1.0, abs(other)) / 2
    return render(one) == render(other)


def may_be_expected(value: Any) -> bool:  # noqa: ANN401
    """Whether a test may expect the value: floats inside a collection would be compared to the last bit."""
    return type(value) is float or not has_float(value)
