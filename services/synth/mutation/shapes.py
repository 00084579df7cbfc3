"""Infers which inputs a function takes from the inputs of kept tests, so that new inputs stay within them. Pure.

A question states what is allowed in words, which are not read here. What holds for all inputs of the kept tests is
treated as a rule: types, no negative numbers, no empty strings, sorted lists, a number no larger than a list is long. A
program that is right by the question may do anything for an input outside; a test of it would refuse right programs.
Rules that hold by accident cost tests and no right program.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise, permutations
from typing import Any

GROWTH = 2
"""New numbers are at most this many times as large as those seen, plus 10, and new collections as long, plus 3: a
function may need time that is exponential in its input."""

_Rule = Callable[[Any], bool]


class InputShape:
    """The rules that hold for all inputs of a function."""

    def __init__(self, inputs: Sequence[Sequence[Any]], *, strict: bool = True) -> None:
        """Infer the rules from at least one input; an input is the list of argument values.

        Without ``strict``, only types, sizes and kinds of characters are rules: an input may be empty or negative.
        """
        self._count = len(inputs[0])
        inputs = [values for values in inputs if len(values) == self._count]
        columns = list(zip(*inputs, strict=True))
        self._values = [_ValueShape(column, strict=strict) for column in columns]
        self._pairs = [
            (i, j, rule)
            for i, j in permutations(range(self._count), 2)
            for rule in (_PAIR_RULES if strict else ())
            if all(_holds(rule, values[i], values[j]) for values in inputs)
        ]

    def admits(self, values: Sequence[Any]) -> bool:
        """Whether the rules hold for an input."""
        return (
            len(values) == self._count
            and all(shape.admits(value) for shape, value in zip(self._values, values, strict=True))
            and all(rule(values[i], values[j]) for i, j, rule in self._pairs)
        )


class _ValueShape:
    """The rules that hold for all values of one argument, or for all items of its collections."""

    def __init__(self, values: Sequence[Any], *, strict: bool) -> None:
        self._types = {type(value) for value in values}
        rules = [*_bounds(values), *(_likely_rules() if strict else ())]
        self._rules = [rule for rule in rules if all(rule(value) for value in values)]
        items = [item for value in values for item in _items(value)]
        self._items = _ValueShape(items, strict=strict) if items else None

    def admits(self, value: Any) -> bool:  # noqa: ANN401
        if type(value) not in self._types or not all(rule(value) for rule in self._rules):
            return False
        items = _items(value)
        return self._items.admits_all(items) if self._items else not items

    def admits_all(self, values: Sequence[Any]) -> bool:
        return all(self.admits(value) for value in values)


def _items(value: Any) -> list[Any]:  # noqa: ANN401
    """Return what is inside a collection. A dict's keys and values are pairs, so that they keep their own rules."""
    if isinstance(value, dict):
        return list(value.items())
    return list(value) if isinstance(value, list | tuple | set) else []


def _bounds(values: Sequence[Any]) -> list[_Rule]:
    """Return the rules that every input must keep. A rule holds for values of other types than its own."""
    numbers = [abs(value) for value in values if type(value) in (int, float)]
    largest = max(numbers, default=0) * GROWTH + 10
    sized = [len(value) for value in values if isinstance(value, str | list | tuple | set | dict)]
    longest = max(sized, default=0) * GROWTH + 3
    characters = _classes("".join(value for value in values if isinstance(value, str)))
    widths = {len(value) for value in values if isinstance(value, tuple)}
    return [
        lambda value: type(value) not in (int, float) or abs(value) <= largest,
        lambda value: type(value) is not float or value == round(value, 4),
        lambda value: not isinstance(value, str | list | tuple | set | dict) or len(value) <= longest,
        lambda value: not isinstance(value, str) or _classes(value) <= characters,
        lambda value: not isinstance(value, tuple) or len(widths) > 1 or len(value) in widths,
        lambda value: not isinstance(value, list) or len({type(item) for item in value}) <= 1,
    ]


def _likely_rules() -> list[_Rule]:
    """Return the rules that may be what the question says, or hold by accident."""
    return [
        lambda value: type(value) not in (int, float) or value >= 0,
        lambda value: type(value) not in (int, float) or value > 0,
        lambda value: not isinstance(value, str | list | tuple | set | dict) or len(value) > 0,
        lambda value: not isinstance(value, str) or value == value.strip(),
        lambda value: not isinstance(value, str) or "  " not in value,
        lambda value: not isinstance(value, str) or value == value[::-1],
        lambda value: not isinstance(value, list | tuple) or _is_sorted(value),
        lambda value: not isinstance(value, list | tuple) or _are_distinct(value),
        lambda value: not isinstance(value, list) or _are_equally_long(value),
    ]


def _classes(text: str) -> set[str]:
    """Return the kinds of characters: letters by case, digits, and each other character by itself."""
    return {
        "a" if char.islower() else "A" if char.isupper() else "0" if char.isdigit() else char for char in text
    }


def _is_sorted(values: Sequence[Any]) -> bool:
    try:
        return all(one <= other for one, other in pairwise(values))
    except TypeError:
        return False


def _are_distinct(values: Sequence[Any]) -> bool:
    return len({repr(value) for value in values}) == len(values)


def _are_equally_long(values: Sequence[Any]) -> bool:
    return len({len(value) for value in values if isinstance(value, list | tuple)}) <= 1


def _size(value: Any) -> int | None:  # noqa: ANN401
    return len(value) if isinstance(value, str | list | tuple | set | dict) else None


def _number(value: Any) -> float | None:  # noqa: ANN401
    return value if type(value) in (int, float) else None


def _related(
    of_one: Callable[[Any], float | None],
    of_other: Callable[[Any], float | None],
    relation: Callable[[float, float], bool],
) -> Callable[[Any, Any], bool]:
    def rule(one: Any, other: Any) -> bool:  # noqa: ANN401
        left, right = of_one(one), of_other(other)
        return left is not None and right is not None and relation(left, right)

    return rule


_PAIR_RULES = (
    _related(_size, _size, lambda one, other: one == other),
    _related(_size, _size, lambda one, other: one <= other),
    _related(_number, _size, lambda one, other: one <= other),
    _related(_number, _size, lambda one, other: one < other),
    _related(_number, _number, lambda one, other: one <= other),
    _related(_number, _number, lambda one, other: one < other),
    lambda one, other: isinstance(one, str) and isinstance(other, str) and one in other,
    lambda one, other: isinstance(other, list | tuple) and one in other,
)
"""Rules between two arguments, tried in both orders."""


def _holds(rule: Callable[[Any, Any], bool], one: Any, other: Any) -> bool:  # noqa: ANN401
    return rule(one, other)
