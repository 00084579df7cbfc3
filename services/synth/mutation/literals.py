"""Renders plain values as Python literals that read back as the same value, and reads what programs printed. Pure.

Plain values are None, bools, integers, finite floats, strings, bytes, and lists, tuples, dicts and sets of them.
"""

import ast
from math import isfinite
from typing import Any

MAX_CHARS = 2000
"""Longest literal: a longer expected value makes a test that people cannot read."""
MAX_BITS = 4096
"""Largest integer; Python refuses to print integers of more than 4300 digits."""


class NotPlainError(ValueError):
    """A value has no literal that reads back as the same value."""


def render(value: Any) -> str:  # noqa: ANN401  -- any plain value
    """Return the literal of ``value``; equal values of equal types have equal literals, whatever order a set has.

    Raises:
        NotPlainError: the value is not plain, or too large.
    """
    text = _render(value, depth=0)
    if len(text) > MAX_CHARS:
        raise NotPlainError(f"the literal has {len(text)} characters; at most {MAX_CHARS}")
    return text


def _render(value: Any, depth: int) -> str:  # noqa: ANN401
    if depth > 20:  # ast.literal_eval and the parser take more; no test needs it
        raise NotPlainError("nested more than 20 deep")
    kind = type(value)
    if value is None or kind in (bool, str, bytes):
        return repr(value)
    if kind is int:
        if value.bit_length() > MAX_BITS:
            raise NotPlainError(f"an integer of {value.bit_length()} bits; at most {MAX_BITS}")
        return repr(value)
    if kind is float and isfinite(value):
        return repr(value)
    if kind in (list, tuple, set, dict):
        return _render_collection(value, depth + 1)
    raise NotPlainError(f"a {kind.__name__} has no literal")


def _render_collection(value: Any, depth: int) -> str:  # noqa: ANN401
    if type(value) is dict:
        return "{" + ", ".join(f"{_render(k, depth)}: {_render(v, depth)}" for k, v in value.items()) + "}"
    items = [_render(item, depth) for item in value]
    if type(value) is set:
        return "{" + ", ".join(sorted(items)) + "}" if items else "set()"
    if type(value) is tuple:
        return "(" + ", ".join(items) + ("," if len(items) == 1 else "") + ")"
    return "[" + ", ".join(items) + "]"


def read(text: str) -> Any:  # noqa: ANN401
    """Return the plain value of a literal.

    Raises:
        NotPlainError: the text is no literal of a plain value, or is too long.
    """
    if len(text) > 2 * MAX_CHARS:
        raise NotPlainError(f"{len(text)} characters; at most {2 * MAX_CHARS}")
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
        raise NotPlainError(f"not a literal: {error}") from None
    render(value)
    return value


def has_float(value: Any) -> bool:  # noqa: ANN401
    """Whether a float is in ``value``, at any depth."""
    if isinstance(value, dict):
        return any(has_float(part) for pair in value.items() for part in pair)
    if isinstance(value, list | tuple | set):
        return any(has_float(part) for part in value)
    return isinstance(value, float)
