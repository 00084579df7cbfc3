"""Lists the operators and functions that are computed for constant expressions of tests, and their bounds. Pure.

Each ends within a millisecond on operands within the bounds, whatever a model wrote.
"""

import ast
import math
import operator
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Mapping, Sequence
from itertools import chain, islice
from typing import Any

_MAX_ITEMS = 10_000
"""Most items and characters of a value, those of its items included: more than a test holds as text, and compared in a
millisecond."""
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


_WITHOUT_ITEMS = frozenset({int, float, complex, bool, type(None)})
"""Types of items that have no items; by far the most."""


def is_cheap(op: ast.operator, left: object, right: object) -> bool:
    """Whether the result of an operation on two computed values is within the bounds."""
    if isinstance(op, ast.Pow):
        if isinstance(left, int) and isinstance(right, int):
            return abs(right) * max(left.bit_length(), 1) <= _MAX_BITS
        return isinstance(left, float | complex) or isinstance(right, float | complex)
    if isinstance(op, ast.Mult):
        for sequence, count in ((left, right), (right, left)):
            if isinstance(sequence, str | bytes | list | tuple | deque) and isinstance(count, int):
                return _size(sequence) * count <= _MAX_ITEMS
    return not (isinstance(op, ast.Mod) and isinstance(left, str | bytes))  # ``"%999999999d" % 1``


def is_bounded(value: object) -> bool:
    """Whether a value is small enough to compute with."""
    if isinstance(value, int):
        return value.bit_length() <= _MAX_BITS
    return _size(value) <= _MAX_ITEMS


def _size(value: object) -> int:
    """Return how many items and characters a value has, those of its items included; counting ends above the bound.

    An item counts each time that it occurs: ``str([["a" * 9999] * 9999])`` would write it as often.
    """
    size, waiting = 0, [value]
    while waiting and size <= _MAX_ITEMS:
        part = waiting.pop()
        if isinstance(part, str | bytes):
            size += len(part)
        elif isinstance(part, list | tuple | set | frozenset | deque | dict):
            size += len(part)
            items = chain(part, part.values()) if isinstance(part, dict) else part
            waiting += [item for item in islice(items, 2 * _MAX_ITEMS) if type(item) not in _WITHOUT_ITEMS]
    return size


def is_cheap_call(function: object, arguments: Sequence[Any], keywords: Mapping[str | None, Any]) -> bool:
    """Whether a call of one of ``FUNCTIONS`` is within the bounds."""
    digits = [*arguments[1:], *(value for name, value in keywords.items() if name == "ndigits")]
    return function is not round or all(
        n is None or (isinstance(n, int) and abs(n) <= _MAX_DIGITS) for n in digits
    )
