"""Decodes values from the wire. The sender may be hostile.

Looks up no class by name except in closed tables, and calls nothing that the sender chose. The most that a hostile
sender can do is to make it raise ``WireError``, or build a value no larger than a small multiple of its text. The tags
are described in ``wire.codec``; references are resolved by the reader's ``Refs``.
"""

import builtins
from base64 import b64decode
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from .codec import ATOMS, BUILTINS_BY_VALUE, MAX_DEPTH, NUMPY_KINDS, Refs, WireError
from .library_values import (
    decode_address,
    decode_array,
    decode_moment,
    decode_path,
    decode_uuid,
    decode_zone,
    has_reference,
    make_namespace,
)


def decode(data: Any, refs: Refs, depth: int = 0) -> Any:
    """Return the value that ``data`` (parsed JSON from an untrusted sender) stands for. Raises ``WireError``."""
    kind = type(data)
    if kind in ATOMS:
        return data
    if depth > MAX_DEPTH + 50:
        raise WireError("nested too deeply")
    if kind is list:
        try:
            return decode_items(data, refs, depth + 1)
        except RecursionError as error:  # the reader's stack was already deep
            raise WireError("nested too deeply") from error
    if kind is not dict or not data:
        raise WireError("not a value")
    tag = next(iter(data))
    decoder = _DECODERS.get(tag)
    try:
        if tag in ("h", "m"):
            return refs.resolve(data, depth + 1)
        if decoder is None:
            raise WireError("unknown tag")
        return decoder(data[tag], refs, depth + 1)
    except WireError:
        raise
    except Exception as error:
        raise WireError("malformed value") from error


def decode_items(items: Any, refs: Refs, depth: int) -> list[Any]:
    """Decode each item of a list."""
    if type(items) is not list:
        raise WireError("not a list")
    if set(map(type, items)) <= ATOMS:
        return items
    return [decode(item, refs, depth) for item in items]


def decode_pairs(pairs: Any, refs: Refs, depth: int) -> list[tuple[Any, Any]]:
    """Decode a list of two-item lists."""
    return [(decode(key, refs, depth), decode(value, refs, depth)) for key, value in pairs]


def _fraction(numerator: Any, denominator: Any) -> Fraction:
    # from text, "1e999999999" would be computed
    if type(numerator) is not int or type(denominator) is not int:
        raise WireError("not a fraction")
    return Fraction(numerator, denominator)


def _view(kind: str, items: list[Any]) -> Any:
    """Return a view of a dictionary that holds exactly these items."""
    if kind == "keys":
        return dict.fromkeys(items).keys()
    return dict(enumerate(items)).values() if kind == "values" else dict(items).items()


def _decode_time(parts: list[Any], _refs: Refs, _depth: int) -> Any:
    kind, *numbers = parts
    if kind == "text":
        return str(numbers[0])
    if kind == "timedelta":
        return timedelta(*numbers)
    if kind == "date":
        return date(*numbers)
    return decode_moment(kind, numbers)


def _decode_numpy(parts: list[Any], refs: Refs, depth: int) -> Any:
    """Return an array or scalar. Of other dtypes, which could name Python objects, only plain data is read."""
    import numpy  # noqa: PLC0415  -- imported only in environments that have it

    if parts[0] == "|O":
        return decode_plain(parts[2], refs, depth).reshape([int(side) for side in parts[1]])
    dtype = numpy.dtype(str(parts[0]))
    if dtype.kind not in NUMPY_KINDS or (dtype.kind in "mM" and numpy.datetime_data(dtype)[0] == "generic"):
        raise WireError("not an array of numbers")  # a duration without a unit equals one of any unit
    shape = [int(side) for side in parts[1]] if len(parts) == 3 else []
    array = numpy.frombuffer(b64decode(parts[-1]), dtype=dtype)
    return array.reshape(shape).copy() if len(parts) == 3 else array[0]


def decode_plain(items: Any, refs: Refs, depth: int) -> Any:
    """Return a flat array of plain data. Raises ``WireError`` for a reference: its object would compare itself."""
    import numpy  # noqa: PLC0415  -- imported only in environments that have it

    if has_reference(items):
        raise WireError("a reference among plain data")
    values = decode_items(items, refs, depth)
    array = numpy.empty(len(values), dtype=object)
    for position, value in enumerate(values):  # at once, numpy would take lists of one length for rows
        array[position] = value
    return array


def _decode_pandas(parts: Any, refs: Refs, depth: int) -> Any:
    from .pandas_values import decode_pandas  # noqa: PLC0415  -- only in environments that have pandas

    return refs.adopt_pandas(decode_pandas(parts, refs, depth))


def _builtin(name: str) -> Any:
    if name not in BUILTINS_BY_VALUE:
        raise WireError("not a builtin that travels")
    return getattr(builtins, name)


_Decoder = Callable[[Any, Refs, int], Any]
_DECODERS: dict[str, _Decoder] = {
    "t": lambda v, r, d: tuple(decode_items(v, r, d)),
    "d": lambda v, r, d: dict(decode_pairs(v, r, d)),
    "s": lambda v, r, d: set(decode_items(v, r, d)),
    "f": lambda v, r, d: frozenset(decode_items(v, r, d)),
    "b": lambda v, _r, _d: b64decode(v),
    "y": lambda v, _r, _d: bytearray(b64decode(v)),
    "w": lambda v, _r, _d: memoryview(b64decode(v)),
    "i": lambda v, _r, _d: int(v, 16),
    "c": lambda v, _r, _d: complex(float(v[0]), float(v[1])),
    "r": lambda v, _r, _d: range(*map(int, v)),
    "l": lambda v, r, d: slice(*decode_items(v, r, d)),
    "B": lambda v, r, _d: r.adopt_builtin(_builtin(v)),
    "D": lambda v, _r, _d: Decimal(str(v)),
    "F": lambda v, r, d: _fraction(*decode_items(v, r, d)),
    "T": _decode_time,
    "q": lambda v, r, d: deque(decode_items(v[0], r, d), v[1]),
    "C": lambda v, r, d: Counter(dict(decode_pairs(v, r, d))),
    "O": lambda v, r, d: OrderedDict(decode_pairs(v, r, d)),
    "z": lambda v, r, d: defaultdict(decode(v[0], r, d), decode_pairs(v[1], r, d)),
    "V": lambda v, r, d: _view(v[0], decode_items(v[1], r, d)),
    "P": lambda v, _r, _d: decode_path(v),
    "U": lambda v, _r, _d: decode_uuid(v),
    "I": lambda v, _r, _d: decode_address(v),
    "G": lambda v, _r, _d: decode_zone(v),
    "A": lambda v, _r, _d: decode_array(v),
    "S": lambda v, r, d: make_namespace(decode_pairs(v, r, d)),
    "a": lambda v, r, _d: r.nans.decode(v),
    "R": lambda v, r, d: r.pattern(*decode_items(v, r, d)),
    "n": lambda v, r, d: r.adopt_numpy(_decode_numpy(v, r, d)),
    "N": lambda v, r, d: r.adopt_numpy(_decode_numpy(v, r, d)),
    "p": _decode_pandas,
}
