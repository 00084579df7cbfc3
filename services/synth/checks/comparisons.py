"""Parses one test into the call that it makes, the value that it expects, and how it compares the two. Pure."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from clients.completions.parsing import parse_quietly
from services.synth.checks.constant_values import Evaluator, RaisesError, Unknown

_ASKS_NOTHING = frozenset({"callable", "hasattr", "getattr", "isinstance", "type", "id", "repr", "str"})
"""Functions that take the program's function and do not call it."""
UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
"""Errors of parsing a text that is no Python."""


class Comparator(StrEnum):
    """How a test compares the program's answer."""

    EQUAL = "equal"
    """``f(1) == 2`` or ``f(1) is None``: the answer itself, with one value."""
    TRUTH = "truth"
    """``assert f(1)`` or ``assert not f(1)``."""
    CLOSE = "close"
    """``abs(f(1) - 0.3) < 1e-9``, ``isclose(f(1), 0.3)``, ``f(1) == approx(0.3)``."""
    VIEW = "view"
    """Something computed from the answer, with one value: ``sorted(f(1)) == [1, 2]``, ``len(f(1)) == 2``."""
    MEMBER = "member"
    """``f(1) in (1, 2)``, ``3 in f(1)``."""
    ORDER = "order"
    """``f(1) > 0``, ``f(1) != 3``."""
    PROPERTY = "property"
    """Anything else about the answer: ``isinstance(f(1), list)``, ``f(1).startswith("a")``."""
    COMPOUND = "compound"
    """Several comparisons, joined by ``and`` or ``or``."""


@dataclass(frozen=True, slots=True)
class ParsedTest:
    """One assert about a function."""

    condition: ast.expr
    """What is asserted, without the message."""
    calls: tuple[ast.Call, ...]
    """The calls of the function, outermost first."""
    comparator: Comparator
    expected: ast.expr | None
    """The value that the answer, or what is computed from it, is compared with; ``None`` for ``PROPERTY`` and
    ``COMPOUND``."""
    is_used: bool
    """Whether the function is called, directly or by a function that gets it: ``map(f, [1, 2])``."""

    @property
    def call(self) -> ast.Call | None:
        """The only call of the function; ``None`` if there are several, or none."""
        first, *others = self.calls or (None,)
        is_only = first is not None and (
            not others or {ast.dump(other) for other in others} == {ast.dump(first)}
        )
        return first if is_only else None

    def expected_value(self) -> Any:  # noqa: ANN401 - any value of a test
        """Return the expected value, or an ``Unknown`` where there is none or it is not computed."""
        if self.expected is None:
            return Unknown()
        try:
            return Evaluator(self.is_answer).value(self.expected)
        except RaisesError:
            return Unknown()

    def is_answer(self, node: ast.expr) -> bool:
        """Whether a part of the condition is a call of the function."""
        return any(node is call for call in self.calls)

    def truth_if(self, answer: object) -> bool | None:
        """Return whether the condition holds if each call returns ``answer``; ``None`` where that is not known."""
        try:
            return Evaluator(self.is_answer, answer).truth(self.condition)
        except RaisesError:
            return False


class NotOneAssertError(ValueError):
    """The text is Python, but no single ``assert`` statement."""


@lru_cache(maxsize=256)  # two stages in a row read the tests of a row; callers do not change the tree
def parse_test(source: str, entry_point: str) -> ParsedTest:
    """Return what a test does with the function ``entry_point``.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: the text is no Python (``UNREADABLE``).
        NotOneAssertError: it is no single ``assert`` statement.
    """
    body = parse_quietly(source.strip()).body
    if len(body) != 1 or not isinstance(body[0], ast.Assert):
        kinds = ", ".join(type(statement).__name__.lower() for statement in body[:5]) or "nothing"
        raise NotOneAssertError(f"it holds {kinds}; a test is one assert statement")
    condition = body[0].test
    calls = tuple(_calls(condition, entry_point))
    is_used = bool(calls) or _is_passed(condition, entry_point)
    comparator, expected = _comparison(condition, calls)
    return ParsedTest(condition, calls, comparator, expected, is_used)


def has_call(node: ast.AST, entry_point: str) -> bool:
    """Whether an expression calls the function."""
    return any(_calls(node, entry_point))


def _calls(node: ast.AST, entry_point: str) -> Iterator[ast.Call]:
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id == entry_point:
            yield part


def _is_passed(node: ast.AST, entry_point: str) -> bool:
    """Whether an expression passes the function to another one, which may call it."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and not (
            isinstance(call.func, ast.Name) and call.func.id in _ASKS_NOTHING
        ):
            arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
            if any(isinstance(argument, ast.Name) and argument.id == entry_point for argument in arguments):
                return True
    return False


def _comparison(condition: ast.expr, calls: tuple[ast.Call, ...]) -> tuple[Comparator, ast.expr | None]:
    """Return how a condition compares, and with what."""

    def holds_answer(node: ast.AST) -> bool:
        return any(part is call for part in ast.walk(node) for call in calls)

    if any(condition is call for call in calls):
        return Comparator.TRUTH, ast.Constant(value=True)
    if isinstance(condition, ast.UnaryOp) and isinstance(condition.op, ast.Not):
        is_answer = any(condition.operand is call for call in calls)
        return (Comparator.TRUTH, ast.Constant(value=False)) if is_answer else (Comparator.PROPERTY, None)
    if isinstance(condition, ast.BoolOp):
        return Comparator.COMPOUND, None
    if isinstance(condition, ast.Call) and _last_name(condition.func) in (
        "isclose",
        "allclose",
        "array_equal",
    ):
        others = [argument for argument in condition.args if not holds_answer(argument)]
        return Comparator.CLOSE, others[0] if others else None
    if not isinstance(condition, ast.Compare) or len(condition.ops) != 1:
        return Comparator.PROPERTY, None
    return _one_comparison(condition.left, condition.ops[0], condition.comparators[0], calls, holds_answer)


def _one_comparison(
    left: ast.expr,
    op: ast.cmpop,
    right: ast.expr,
    calls: tuple[ast.Call, ...],
    holds_answer: Callable[[ast.AST], bool],
) -> tuple[Comparator, ast.expr | None]:
    answer, other = (left, right) if holds_answer(left) else (right, left)
    if isinstance(op, ast.Eq | ast.Is):
        if isinstance(other, ast.Call) and _last_name(other.func) == "approx":
            return Comparator.CLOSE, other.args[0] if other.args else None
        return (Comparator.EQUAL if any(answer is call for call in calls) else Comparator.VIEW), other
    if isinstance(op, ast.In | ast.NotIn):
        return Comparator.MEMBER, other
    if isinstance(answer, ast.Call) and _last_name(answer.func) in ("abs", "fabs") and answer.args:
        difference = answer.args[0]
        if isinstance(difference, ast.BinOp) and isinstance(difference.op, ast.Sub):
            return Comparator.CLOSE, difference.right if holds_answer(difference.left) else difference.left
    return Comparator.ORDER, other


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
