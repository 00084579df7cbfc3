"""Plain data as JSON text, between a candidate and its checker.

Values of the exact builtin types, and of a closed list of standard-library value types, travel by value.
Everything else stays where it is and travels as a reference that the two ends resolve through ``Refs``.
Decoding looks up no class by name beyond the closed tables below and calls nothing the sender chose; a
hostile sender can make it raise ``WireError``, or build a value no larger than a small multiple of its text.

JSON atoms and lists stand for themselves; every other value is an object with one tag:
``t`` tuple, ``d`` dict, ``s`` set, ``f`` frozenset, ``b`` bytes, ``y`` bytearray, ``w`` memoryview,
``i`` big int, ``c`` complex, ``r`` range, ``l`` slice, ``B`` a builtin by name, ``D`` Decimal, ``F`` Fraction,
``T`` date and time, ``q`` deque, ``C`` Counter, ``O`` OrderedDict, ``z`` defaultdict, ``P`` a path,
``n`` numpy array, ``N`` numpy scalar, ``m`` a mutable argument (so that changes and aliases find it again),
``h`` a reference.
"""

import builtins
import json
import sys
from base64 import b64decode, b64encode
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any, Protocol

MAX_DEPTH = 200
"""Nesting past this is refused: far above honest values, far below the interpreter's recursion limit."""

_ATOMS = frozenset({int, str, float, bool, type(None)})
_INT_AS_TEXT = 10**4000
"""Ints below this print in decimal; larger ones travel in hexadecimal, which has no length limit and is linear."""

BUILTINS_BY_VALUE = frozenset(
    "ArithmeticError AssertionError AttributeError EOFError Ellipsis Exception False IndexError KeyError "
    "LookupError NameError None NotImplemented NotImplementedError OSError OverflowError RecursionError "
    "RuntimeError StopIteration SyntaxError TypeError UnicodeDecodeError UnicodeEncodeError ValueError "
    "ZeroDivisionError abs all any ascii bin bool bytearray bytes callable chr complex dict divmod enumerate "
    "filter float format frozenset hash hex int isinstance issubclass iter len list map max min next object "
    "oct ord pow print range repr reversed round set slice sorted str sum tuple type zip".split()
)
_BUILTIN_NAMES = {id(getattr(builtins, name)): name for name in BUILTINS_BY_VALUE}

_scan: Callable[[str, int], tuple[Any, int]] = json.JSONDecoder().scan_once  # type: ignore[attr-defined]
_encode_json = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


def loads(data: bytes) -> Any:
    """Parse one JSON value with nothing around it; raise ``ValueError``. Thrice as fast on short lines as
    ``json.loads``, which looks for encodings and blanks that are not there.
    """
    text = data.decode()
    try:
        value, end = _scan(text, 0)
    except StopIteration:
        raise ValueError("not JSON") from None
    if end != len(text):
        raise ValueError("text after the value")
    return value


def dumps(value: Any) -> str:
    """Write JSON on one line."""
    return _encode_json(value)


class WireError(Exception):
    """The text is not a value this module wrote."""


class Refs(Protocol):
    """What one end does with objects that do not travel by value."""

    aliases: dict[int, int] | None
    """``id`` → number of the mutable arguments of the call in hand; ``None`` when none are tracked."""

    def alias(self, value: Any, depth: int) -> Any:
        """Return the form of a mutable container while ``aliases`` is in use."""
        ...

    def export(self, value: object, depth: int) -> Any:
        """Return the JSON object (tag ``h`` or ``m``) that stands for ``value``."""
        ...

    def resolve(self, tagged: dict[str, Any], depth: int) -> object:
        """Return what a received ``h`` or ``m`` stands for; raise ``WireError`` if nothing."""
        ...


def encode(value: object, refs: Refs, depth: int = 0) -> Any:
    """Return the JSON-ready form of ``value``; raise ``WireError`` past ``MAX_DEPTH``."""
    kind = type(value)
    if kind in _ATOMS:
        return value if kind is not int or -_INT_AS_TEXT < value < _INT_AS_TEXT else {"i": hex(value)}  # type: ignore[operator, arg-type]
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
    if kind.__module__ == "pathlib" and kind.__name__ in _PATHS:
        return {"P": [kind.__name__, str(value)]}
    if kind.__module__ == "numpy" and "numpy" in sys.modules:
        encoded = _encode_numpy(value)
        if encoded is not None:
            return encoded
    return refs.export(value, depth + 1)


def encode_body(value: Any, refs: Refs, depth: int = 0) -> Any:
    """Encode a container of a type in ``MUTABLE`` whether or not it is an alias itself."""
    return _ENCODERS[type(value)](value, refs, depth + 1)


def encode_items(values: Any, refs: Refs, depth: int) -> list[Any]:
    """Encode each of ``values``; flat sequences of atoms are checked at C speed."""
    items = list(values)
    kinds = set(map(type, items))
    if kinds <= _ATOMS and (int not in kinds or _small(items)):
        return items
    return [encode(item, refs, depth) for item in items]


def _small(items: list[Any]) -> bool:
    try:
        return all(-_INT_AS_TEXT < item < _INT_AS_TEXT for item in items if type(item) is int)
    except TypeError:
        return False


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


def _encode_time(value: Any, _refs: Refs, _depth: int) -> Any:
    zone = getattr(value, "tzinfo", None)
    if zone is not None and type(zone) is not timezone:
        return {"T": ["text", value.isoformat()]}
    offset = None if zone is None else zone.utcoffset(None).total_seconds()
    kind = type(value).__name__
    if kind == "timedelta":
        return {"T": [kind, value.days, value.seconds, value.microseconds]}
    day = [] if kind == "time" else [value.year, value.month, value.day]
    clock = [] if kind == "date" else [value.hour, value.minute, value.second, value.microsecond, offset]
    return {"T": [kind, *day, *clock]}


def _encode_numpy(value: Any) -> Any:
    """Return an array or scalar of numbers by value; ``None`` for anything else of numpy's."""
    numpy = sys.modules["numpy"]
    if type(value) is numpy.ndarray and value.dtype.kind in "biufcUS" and value.ndim <= 32:
        data = b64encode(numpy.ascontiguousarray(value).tobytes()).decode()
        return {"n": [value.dtype.str, list(value.shape), data]}
    if isinstance(value, numpy.generic) and value.dtype.kind in "biufc":
        return {"N": [value.dtype.str, b64encode(value.tobytes()).decode()]}
    return None


_PATHS = ("PurePath", "PurePosixPath", "PureWindowsPath", "PosixPath")


def _decode_path(parts: list[Any]) -> Any:
    import pathlib  # noqa: PLC0415  -- costs every fork a little, and few programs need it

    name = {"PosixPath": "PurePosixPath"}.get(parts[0], parts[0])
    if name not in _PATHS:
        raise WireError("not a path")
    return getattr(pathlib, name)(str(parts[1]))


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
    datetime: _encode_time,
    date: _encode_time,
    time: _encode_time,
    timedelta: _encode_time,
    deque: lambda v, r, d: {"q": [encode_items(v, r, d), v.maxlen]},
    Counter: lambda v, r, d: {"C": encode_pairs(v, r, d)},
    OrderedDict: lambda v, r, d: {"O": encode_pairs(v, r, d)},
    defaultdict: _encode_defaultdict,
}
MUTABLE = frozenset({list, dict, set, bytearray, deque, Counter, OrderedDict, defaultdict})
"""Types whose arguments may come back changed."""


def decode(data: Any, refs: Refs, depth: int = 0) -> Any:
    """Return the value ``data`` (parsed JSON, from an untrusted sender) stands for; raise ``WireError``."""
    kind = type(data)
    if kind in _ATOMS:
        return data
    if depth > MAX_DEPTH + 50:
        raise WireError("nested too deeply")
    if kind is list:
        try:
            return decode_items(data, refs, depth + 1)
        except RecursionError as error:  # the reader's own stack was deep already
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
    if set(map(type, items)) <= _ATOMS:
        return items
    return [decode(item, refs, depth) for item in items]


def decode_pairs(pairs: Any, refs: Refs, depth: int) -> list[tuple[Any, Any]]:
    """Decode a list of two-item lists."""
    return [(decode(key, refs, depth), decode(value, refs, depth)) for key, value in pairs]


def _fraction(numerator: Any, denominator: Any) -> Fraction:
    if (
        type(numerator) is not int or type(denominator) is not int
    ):  # from text, "1e999999999" would be computed
        raise WireError("not a fraction")
    return Fraction(numerator, denominator)


def _decode_time(parts: list[Any], _refs: Refs, _depth: int) -> Any:
    kind, *numbers = parts
    if kind == "text":
        return str(numbers[0])
    if kind == "timedelta":
        return timedelta(*numbers)
    if kind == "date":
        return date(*numbers)
    *numbers, offset = numbers
    zone = None if offset is None else timezone(timedelta(seconds=offset))
    return {"datetime": datetime, "time": time}[kind](*numbers, tzinfo=zone)


def _decode_numpy(parts: list[Any]) -> Any:
    """Rebuild numbers only: a dtype of any other kind could name Python objects."""
    import numpy  # noqa: PLC0415  -- only environments that have it get here

    dtype = numpy.dtype(str(parts[0]))
    if dtype.kind not in "biufcUS":
        raise WireError("not an array of numbers")
    shape = [int(side) for side in parts[1]] if len(parts) == 3 else []
    array = numpy.frombuffer(b64decode(parts[-1]), dtype=dtype)
    return array.reshape(shape).copy() if len(parts) == 3 else array[0]


def _builtin(name: str) -> Any:
    if name not in BUILTINS_BY_VALUE:
        raise WireError("not a builtin that travels")
    return getattr(builtins, name)


_DECODERS: dict[str, _Encoder] = {
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
    "B": lambda v, _r, _d: _builtin(v),
    "D": lambda v, _r, _d: Decimal(str(v)),
    "F": lambda v, r, d: _fraction(*decode_items(v, r, d)),
    "T": _decode_time,
    "q": lambda v, r, d: deque(decode_items(v[0], r, d), v[1]),
    "C": lambda v, r, d: Counter(dict(decode_pairs(v, r, d))),
    "O": lambda v, r, d: OrderedDict(decode_pairs(v, r, d)),
    "z": lambda v, r, d: defaultdict(decode(v[0], r, d), decode_pairs(v[1], r, d)),
    "P": lambda v, _r, _d: _decode_path(v),
    "n": lambda v, _r, _d: _decode_numpy(v),
    "N": lambda v, _r, _d: _decode_numpy(v),
}
