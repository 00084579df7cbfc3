"""Encodes values for the wire: plain data by value, everything else as a reference from ``Refs.export``.

Looks at exact types only, so that no method of a program's class is called to describe its object. The tags are
described in ``wire.codec``. This code is hot: every argument and every answer passes through it.
"""

import builtins
import operator
import sys
from array import array
from base64 import b64encode
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

from .codec import ATOMS, BUILTINS_BY_VALUE, MAX_DEPTH, MUTABLE, NUMPY_KINDS, PANDAS, Refs, WireError
from .library_values import encode_array, encode_library_value, encode_time, encode_zone, has_reference

_INT_AS_TEXT = 10**4000
"""Ints below this print in decimal; larger ones travel in hexadecimal, which has no length limit and is linear."""

_BUILTIN_NAMES = {id(getattr(builtins, name)): name for name in BUILTINS_BY_VALUE}


def encode(value: object, refs: Refs, depth: int = 0) -> Any:
    """Return the JSON-ready form of ``value``. Raises ``WireError`` if it is nested deeper than ``MAX_DEPTH``."""
    kind = type(value)
    if kind in ATOMS:
        if kind is int:
            return value if -_INT_AS_TEXT < value < _INT_AS_TEXT else {"i": hex(value)}  # type: ignore[operator, arg-type]
        return value if kind is not float or value == value else refs.nans.encode(value)  # noqa: PLR0124
    if depth > MAX_DEPTH:
        raise WireError("a value is nested too deeply to be compared")
    if refs.aliases is not None and kind in MUTABLE:
        return refs.alias(value, depth + 1)
    encoder = _ENCODERS.get(kind)
    if encoder is not None:
        return encoder(value, refs, depth + 1)
    name = _BUILTIN_NAMES.get(id(value))
    if name is not None:
        return {"B": name}
    if kind.__module__ == "numpy" and "numpy" in sys.modules:
        encoded = _encode_numpy(value, refs, depth)
        if refs.aliases is not None and encoded is not None and "n" in encoded:
            return refs.alias(value, depth + 1)
    elif kind.__module__ in PANDAS and "pandas" in sys.modules:
        encoded = _encode_pandas(value, refs, depth + 1)
        if refs.aliases is not None and encoded is not None and encoded["p"][0] in ("frame", "series"):
            return refs.alias(value, depth + 1)
    else:
        encoded = encode_library_value(value)
    return refs.export(value, depth + 1) if encoded is None else encoded


def encode_body(value: Any, refs: Refs, depth: int = 0) -> Any:
    """Encode the content of a container, array or frame that a call may change, even if it is itself an alias.

    ``None``: it now holds what does not travel by value.
    """
    kind = type(value)
    encoder = _ENCODERS.get(kind)
    if encoder is not None:
        return encoder(value, refs, depth + 1)
    return (
        _encode_pandas(value, refs, depth) if kind.__module__ in PANDAS else _encode_numpy(value, refs, depth)
    )


def encode_items(values: Any, refs: Refs, depth: int) -> list[Any]:
    """Encode each of ``values``. A flat sequence of atoms is recognised at C speed."""
    items = list(values)
    kinds = set(map(type, items))
    if kinds <= ATOMS and (int not in kinds or _small(items)) and (float not in kinds or not _has_nan(items)):
        return items
    return [encode(item, refs, depth) for item in items]


def _small(items: list[Any]) -> bool:
    try:
        return all(-_INT_AS_TEXT < item < _INT_AS_TEXT for item in items if type(item) is int)
    except TypeError:
        return False


def _has_nan(items: list[Any]) -> bool:
    return any(map(operator.ne, items, items))


def encode_pairs(mapping: Any, refs: Refs, depth: int) -> list[Any]:
    """Encode a mapping as a list of two-item lists, in its order."""
    return [
        list(pair)
        for pair in zip(
            encode_items(mapping.keys(), refs, depth),
            encode_items(mapping.values(), refs, depth),
            strict=True,
        )
    ]


def _encode_defaultdict(value: Any, refs: Refs, depth: int) -> Any:
    factory = encode(value.default_factory, refs, depth)
    return {"z": [factory, encode_pairs(value, refs, depth)]}


def _encode_array(value: Any, refs: Refs, depth: int) -> Any:
    encoded = encode_array(value)
    return refs.export(value, depth) if encoded is None else encoded


def _encode_numpy(value: Any, refs: Refs, depth: int) -> Any:
    """Return an array or scalar of numbers, dates or plain data by value; ``None`` for any other object of numpy.

    The class of an array in an answer equals ``ndarray`` without being it (``checker.numpy_arrays``).
    """
    numpy = sys.modules["numpy"]
    if type(value) == numpy.ndarray and value.ndim <= 32:  # noqa: E721
        if value.dtype.kind in NUMPY_KINDS:
            data = b64encode(numpy.ascontiguousarray(value).tobytes()).decode()
            return {"n": [value.dtype.str, list(value.shape), data]}
        items = encode_plain(value.ravel(), refs, depth) if value.dtype.kind == "O" else None
        return None if items is None else {"n": ["|O", list(value.shape), items]}
    if isinstance(value, numpy.generic) and value.dtype.kind in "biufcmM":
        return {"N": [value.dtype.str, b64encode(value.tobytes()).decode()]}
    return None


def encode_plain(array: Any, refs: Refs, depth: int) -> list[Any] | None:
    """Return the members of a flat array of objects; ``None`` if one is not plain data."""
    text = sys.modules["numpy"].str_
    aliases, refs.aliases = refs.aliases, None  # a list in it is part of the array
    try:
        encoded = encode_items([str(item) if type(item) is text else item for item in array], refs, depth)
    except TypeError:  # an object of the test's that no program could use
        return None
    finally:
        refs.aliases = aliases
    return None if has_reference(encoded) else encoded


def _encode_pandas(value: Any, refs: Refs, depth: int) -> Any:
    from .pandas_values import encode_pandas  # noqa: PLC0415  -- only where pandas is loaded

    return encode_pandas(value, refs, depth)


_Encoder = Callable[[Any, Refs, int], Any]
_ENCODERS: dict[type, _Encoder] = {
    list: encode_items,
    tuple: lambda v, r, d: {"t": encode_items(v, r, d)},
    dict: lambda v, r, d: {"d": encode_pairs(v, r, d)},
    set: lambda v, r, d: {"s": encode_items(v, r, d)},
    frozenset: lambda v, r, d: {"f": encode_items(v, r, d)},
    bytes: lambda v, _r, _d: {"b": b64encode(v).decode()},
    bytearray: lambda v, _r, _d: {"y": b64encode(v).decode()},
    memoryview: lambda v, _r, _d: {"w": b64encode(v).decode()},
    complex: lambda v, _r, _d: {"c": [v.real, v.imag]},
    range: lambda v, _r, _d: {"r": [v.start, v.stop, v.step]},
    slice: lambda v, r, d: {"l": encode_items((v.start, v.stop, v.step), r, d)},
    Decimal: lambda v, _r, _d: {"D": str(v)},
    Fraction: lambda v, r, d: {"F": encode_items((v.numerator, v.denominator), r, d)},
    datetime: lambda v, _r, _d: encode_time(v),
    date: lambda v, _r, _d: encode_time(v),
    time: lambda v, _r, _d: encode_time(v),
    timedelta: lambda v, _r, _d: encode_time(v),
    timezone: lambda v, _r, _d: {"G": encode_zone(v)},
    array: _encode_array,
    SimpleNamespace: lambda v, r, d: r.namespace(v, encode_pairs(vars(v), r, d), d),
    deque: lambda v, r, d: {"q": [encode_items(v, r, d), v.maxlen]},
    Counter: lambda v, r, d: {"C": encode_pairs(v, r, d)},
    OrderedDict: lambda v, r, d: {"O": encode_pairs(v, r, d)},
    defaultdict: _encode_defaultdict,
    type({}.keys()): lambda v, r, d: {"V": ["keys", encode_items(v, r, d)]},
    type({}.values()): lambda v, r, d: {"V": ["values", encode_items(v, r, d)]},
    type({}.items()): lambda v, r, d: {"V": ["items", encode_items(v, r, d)]},
}
