"""Lists the operators and functions that are computed for constant expressions of tests, and their bounds. Pure.

Each ends within a millisecond on operands within the bounds, whatever a model wrote.
"""

import ast
import math
import operator
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Mapping
from typing import Any

_MAX_ITEMS = 10_000
"""Most items or characters of a value: more than a test holds as text, and compared in a millisecond."""
_MAX_DIGITS = 100
"""Most digits that ``round`` is computed for: ``round(5, -10**9)`` would compute a power of that size."""
_MAX_BITS = 20_000
"""Most bits of an integer: ``2**10000`` and ``factorial(1000)`` are in tests, ``9**9**9`` must not be computed."""


def _is_same(left: object, right: object) -> bool:
    """Return what ``is`` means in a test. Beside the three singletons, identity is an accident of the interpreter."""
    is_singleton = any(value is single for value in (left, right) for single in (None, True, False))
    return left is right if is_singleton else left == right


BINARY: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
}
UNARY: Mapping[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Invert: operator.invert,
}
COMPARE: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
    ast.Is: _is_same,
    ast.IsNot: lambda left, right: not _is_same(left, right),
}
FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    **{f.__name__: f for f in (abs, all, any, bool, complex, dict, float, frozenset, int, len, list, max, min, round)},
    **{f.__name__: f for f in (set, sorted, str, sum, tuple, Counter, OrderedDict, deque)},
    **{name: getattr(math, name) for name in ("isclose", "isnan", "isinf", "isfinite", "sqrt", "floor", "ceil")},
    "isinstance": isinstance,
}  # fmt: skip
"""Functions that are computed; each ends in a time proportional to the size of its arguments."""
CONSTANTS = {"pi": math.pi, "e": math.e, "inf": math.inf, "nan": math.nan, "tau": math.tau}
"""Names of the library that are values."""
MODULES = frozenset({"math", "collections", "np", "numpy"})
"""Modules whose attributes are looked up here by their last name."""
TYPES = {t.__name__: t for t in (bool, bytes, complex, dict, float, frozenset, int, list, set, str, tuple)}


def is_cheap(op: ast.operator, left: object, right: object) -> bool:
    """Whether the result of an operation on two computed values is within the bounds."""
    if isinstance(op, ast.Pow):
        if isinstance(left, int) and isinstance(right, int):
            return abs(right) * max(left.bit_length(), 1) <= _MAX_BITS
        return isinstance(left, float | complex) or isinstance(right, float | complex)
    if isinstance(op, ast.Mult):
        for sequence, count in ((left, right), (right, left)):
            if isinstance(sequence, str | bytes | list | tuple) and isinstance(count, int):
                return len(sequence) * count <= _MAX_ITEMS and not any(map(_is_container, sequence))
    return not (isinstance(op, ast.Mod) and isinstance(left, str | bytes))  # ``"%999999999d" % 1``


def _is_container(value: object) -> bool:
    """Whether a value has items; a product of such values grows with each level: ``[[0] * 9999] * 9999``."""
    return isinstance(value, list | tuple | set | frozenset | dict)


def is_bounded(value: object) -> bool:
    """Whether a value is small enough to compute with."""
    if isinstance(value, int):
        return value.bit_length() <= _MAX_BITS
    if isinstance(value, str | bytes | list | tuple | set | frozenset | dict):
        return len(value) <= _MAX_ITEMS
    return True


def is_cheap_call(function: object, arguments: list[Any]) -> bool:
    """Whether a call of one of ``FUNCTIONS`` is within the bounds."""
    return function is not round or len(arguments) < 2 or abs(arguments[1]) <= _MAX_DIGITS
