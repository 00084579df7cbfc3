"""Makes new inputs by changing those of kept tests, by the types of their values, as EvalPlus does. Pure.

Each new input differs from a kept one in up to three small changes: a number one off, a character dropped, an item
doubled. Values seen elsewhere in the inputs are reused. The same random generator gives the same inputs.
"""

import random
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from services.synth.mutation.literals import NotPlainError, render
from services.synth.mutation.shapes import InputShape

MAX_CHANGES = 3
"""More changes leave nothing of the input that the change is measured against."""
_ATTEMPTS = 30
"""Tries for each input that is wanted; a strict shape admits few."""


def mutate_inputs(
    inputs: Sequence[Sequence[Any]], count: int, chooser: random.Random, *, strict: bool = True
) -> list[tuple[int, list[Any]]]:
    """Return up to ``count`` new inputs, each with the position of the input that it was made from.

    All are within the shape of ``inputs`` (``InputShape``, which explains ``strict``), and no two are equal. Fewer are
    returned if few are possible.
    """
    if not inputs or not inputs[0]:
        return []
    shape = InputShape(inputs, strict=strict)
    pool = [item for values in inputs for value in values for item in _flatten(value)]
    seen = {_key(values) for values in inputs}
    made: list[tuple[int, list[Any]]] = []
    for _ in range(count * _ATTEMPTS):
        if len(made) == count:
            break
        position = chooser.randrange(len(inputs))
        values = list(inputs[position])
        for _ in range(chooser.randint(1, MAX_CHANGES)):
            at = chooser.randrange(len(values))
            values[at] = mutate(values[at], pool, chooser)
        key = _key(values)
        if key is not None and key not in seen and shape.admits(values):
            seen.add(key)
            made.append((position, values))
    return made


def mutate(value: Any, pool: Sequence[Any], chooser: random.Random) -> Any:  # noqa: ANN401
    """Return a changed copy of ``value``; ``pool`` are values to reuse. The result may equal the value."""
    kind_of_value = type(value)
    if any(type(other) is kind_of_value for other in pool) and chooser.random() < 0.15:
        # Now and then, as EvalPlus does: values of one input meet those of another.
        return chooser.choice([other for other in pool if type(other) is kind_of_value])
    for kind, change in _CHANGES.items():
        if kind_of_value is kind:
            return change(value, pool, chooser)
    return value


def _key(values: Sequence[Any]) -> str | None:
    try:
        return render(list(values))
    except NotPlainError:
        return None


def _flatten(value: Any) -> list[Any]:  # noqa: ANN401
    """Return the value and all values inside it."""
    if isinstance(value, dict):
        inside = [part for pair in value.items() for part in pair]
    else:
        inside = list(value) if isinstance(value, list | tuple | set) else []
    return [value, *(item for part in inside for item in _flatten(part))]


def _change_int(value: int, _pool: Sequence[Any], chooser: random.Random) -> int:
    return chooser.choice(
        [value + 1, value - 1, value * 2, value // 2, -value, 0, 1, value + chooser.randint(-10, 10)]
    )


def _change_float(value: float, _pool: Sequence[Any], chooser: random.Random) -> float:
    step = chooser.choice([1.0, -1.0, 0.5, -0.5, 0.1, -0.1])
    return round(chooser.choice([value + step, value * 2, value / 2, -value, 0.0, float(round(value))]), 4)


def _change_text(value: str, pool: Sequence[Any], chooser: random.Random) -> str:
    letters = "".join(other for other in pool if isinstance(other, str)) or "abc"
    at = chooser.randrange(len(value) + 1)
    other = chooser.choice([item for item in pool if isinstance(item, str)] or [""])
    return chooser.choice(
        [
            value[:at] + value[at + 1 :],
            value[:at] + chooser.choice(letters) + value[at:],
            value[:at] + chooser.choice(letters) + value[at + 1 :],
            value[:at] + value[at : at + 1] + value[at:],
            value[::-1],
            value.swapcase(),
            value + other,
            value[:at],
            value[at:],
        ]
    )


def _change_list(value: list[Any], pool: Sequence[Any], chooser: random.Random) -> list[Any]:
    if not value:
        return [chooser.choice(pool)]
    at = chooser.randrange(len(value))
    change = chooser.choice(
        ["drop", "double", "insert", "item", "item", "item", "swap", "reverse", "sort", "cut"]
    )
    items = list(value)
    if change == "drop":
        del items[at]
    elif change == "double":
        items.insert(chooser.randrange(len(items) + 1), items[at])
    elif change == "insert":
        items.insert(at, mutate(items[at], pool, chooser))
    elif change == "item":
        items[at] = mutate(items[at], pool, chooser)
    elif change == "swap":
        other = chooser.randrange(len(items))
        items[at], items[other] = items[other], items[at]
    elif change == "sort":
        items.sort(key=repr)
    else:
        items = items[::-1] if change == "reverse" else items[:at]
    return items


def _change_as_list(
    kind: type[tuple[Any, ...]] | type[set[Any]],
    value: tuple[Any, ...] | set[Any],
    pool: Sequence[Any],
    chooser: random.Random,
) -> tuple[Any, ...] | set[Any]:
    items = sorted(value, key=repr) if isinstance(value, set) else list(value)
    try:
        return kind(_change_list(items, pool, chooser))
    except TypeError:  # a set of what cannot be hashed
        return value


def _change_dict(value: dict[Any, Any], pool: Sequence[Any], chooser: random.Random) -> dict[Any, Any]:
    changed = dict(value)
    if not changed:
        return changed
    key = chooser.choice(list(changed))
    change = chooser.choice(["drop", "value", "value", "key", "more"])
    if change == "drop":
        del changed[key]
    elif change == "value":
        changed[key] = mutate(changed[key], pool, chooser)
    else:
        kept = changed[key] if change == "more" else changed.pop(key)
        try:
            changed[mutate(key, pool, chooser)] = kept
        except TypeError:  # a tuple that got an item that cannot be hashed
            return value
    return changed


_CHANGES: dict[type, Callable[..., Any]] = {
    bool: lambda value, _pool, _chooser: not value,
    int: _change_int,
    float: _change_float,
    str: _change_text,
    list: _change_list,
    tuple: partial(_change_as_list, tuple),
    set: partial(_change_as_list, set),
    dict: _change_dict,
}
"""Type → its changes. ``None`` has none but values of the pool."""
