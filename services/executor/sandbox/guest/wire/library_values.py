"""Writes and reads values of the standard library that are rarely used: UUIDs, addresses, arrays, zones, namespaces.

The closed list of such classes is here. Their modules are imported when a first value arrives: each would make every
fork a little slower. What is read may be hostile; each value is made from a text or number of bounded length by the
class's own checks.
"""

import importlib
import re
import sys
from array import array
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import datetime, time, timedelta, timezone, tzinfo
from types import SimpleNamespace
from typing import Any

from .codec import ATOMS, WireError

_TYPECODES = frozenset("bBhHiIlLqQfd")
"""Types of the numbers in an array. ``u`` is text of this platform's width, and may hold what is no text."""
_ADDRESSES = frozenset("IPv4Address IPv6Address IPv4Network IPv6Network IPv4Interface IPv6Interface".split())
_MAX_PATTERN_CHARS = 500
"""Longest compiled pattern that travels: honest ones are shorter."""
MAX_PATTERNS = 50
"""Different patterns in the answers of one load; those beyond are objects like any other."""
_WIDE_ESCAPE = re.compile(r"\\[uUN]")
KEPT_FROM = 1 << 32
"""Numbers of the program's containers (``candidate.kept``) begin here: above those of any other object."""
_MAX_TEXT_CHARS = 200
"""Longest text of an address, the name of a zone and its key: honest ones are shorter."""


def encode_library_value(value: Any) -> Any:
    """Return a value of one of these classes by value; ``None`` for any other object."""
    kind = type(value)
    encoder = _ENCODERS.get(kind.__module__)
    if encoder is None or getattr(sys.modules.get(kind.__module__), kind.__name__, None) is not kind:
        return None
    return encoder(kind.__name__, value)


def _encode_uuid(name: str, value: Any) -> Any:
    return {"U": hex(value.int)} if name == "UUID" else None


def _encode_address(name: str, value: Any) -> Any:
    return {"I": [name, str(value)]} if name in _ADDRESSES else None


def _encode_path(name: str, value: Any) -> Any:
    return {"P": [name, str(value)]} if name in _PATHS else None


def _encode_zoneinfo(name: str, value: Any) -> Any:
    zone = encode_zone(value) if name == "ZoneInfo" else None
    return zone and {"G": zone}


_ENCODERS: dict[str, Callable[[str, Any], Any]] = {
    "uuid": _encode_uuid,
    "ipaddress": _encode_address,
    "pathlib": _encode_path,
    "pathlib._local": _encode_path,  # since Python 3.13
    "zoneinfo": _encode_zoneinfo,
}
"""Module → the function that encodes values of its classes."""
_PATHS = ("PurePath", "PurePosixPath", "PureWindowsPath", "PosixPath")
"""Classes of ``pathlib`` that travel."""


def decode_uuid(text: Any) -> Any:
    """Return a UUID."""
    return importlib.import_module("uuid").UUID(int=int(text[:_MAX_TEXT_CHARS], 16))


def decode_address(parts: list[Any]) -> Any:
    """Return an address or network of IP."""
    name, text = parts
    if name not in _ADDRESSES or type(text) is not str or len(text) > _MAX_TEXT_CHARS:
        raise WireError("not an address")
    return getattr(importlib.import_module("ipaddress"), name)(text)


def decode_path(parts: list[Any]) -> Any:
    """Return a path. It is a name like any text: what it leads to is the reader's own."""
    name, text = parts
    if name not in _PATHS:
        raise WireError("not a path")
    return getattr(importlib.import_module("pathlib"), name)(str(text))


# Arrays and namespaces


def encode_array(value: "array[Any]") -> Any:
    """Return an array of numbers by value; ``None`` for one of characters."""
    if value.typecode not in _TYPECODES:
        return None
    return {"A": [value.typecode, b64encode(value.tobytes()).decode()]}


def decode_array(parts: list[Any]) -> "array[Any]":
    """Return an array of numbers."""
    typecode, data = parts
    if typecode not in _TYPECODES:
        raise WireError("not an array of numbers")
    return array(typecode, b64decode(data))


def has_program_object(encoded: Any) -> bool:
    """Whether an encoded value contains a reference to one of the program's objects."""
    if type(encoded) is dict:
        number = encoded.get("h", -1)
        return (
            number is None
            or (type(number) is int and 0 <= number < KEPT_FROM)
            or any(map(has_program_object, encoded.values()))
        )
    return type(encoded) is list and any(map(has_program_object, encoded))


def has_reference(encoded: Any) -> bool:
    """Whether an encoded value contains a reference to an object of either side."""
    if type(encoded) is dict:
        return "h" in encoded or "m" in encoded or any(map(has_reference, encoded.values()))
    if type(encoded) is not list or set(map(type, encoded)) <= ATOMS:
        return False
    return any(map(has_reference, encoded))


def make_namespace(pairs: list[tuple[Any, Any]]) -> SimpleNamespace:
    """Return a namespace. Refuses special names: libraries look for them, such as numpy for an address to read."""
    if any(type(name) is not str or name.startswith("__") for name, _value in pairs):
        raise WireError("not a namespace of data")
    namespace = SimpleNamespace()
    vars(namespace).update(pairs)
    return namespace


# Date and time


def encode_pattern(value: "re.Pattern[Any]") -> Any:
    """Return a pattern by value; ``None`` for one that is long, or slow to compile."""
    text, flags = value.pattern, value.flags
    if not is_quick_pattern(text, flags):
        return None
    return {"R": [text if type(text) is str else {"b": b64encode(text).decode()}, flags]}


def is_quick_pattern(text: Any, flags: Any) -> bool:
    """Whether a pattern compiles in at most 50 ms, whatever it is, and its flags print nothing.

    A set of wide characters alone can take seconds: the compiler visits each character of a range.
    """
    if type(text) not in (str, bytes) or len(text) > _MAX_PATTERN_CHARS:
        return False
    if type(flags) is not int or flags & ~int(
        re.ASCII | re.IGNORECASE | re.LOCALE | re.MULTILINE | re.DOTALL | re.UNICODE | re.VERBOSE
    ):
        return False
    return type(text) is bytes or (text.isascii() and _WIDE_ESCAPE.search(text) is None)


def encode_zone(zone: tzinfo) -> Any:
    """Return a time zone: seconds, seconds and name, or the key of a ``ZoneInfo``; ``None`` for any other zone."""
    if type(zone) is timezone:
        offset = zone.utcoffset(None)
        name = zone.tzname(None)
        seconds = offset.total_seconds()
        return seconds if name == timezone(offset).tzname(None) else [seconds, name]
    kind = type(zone)
    if kind.__module__ == "zoneinfo" and kind is sys.modules["zoneinfo"].ZoneInfo:
        key = zone.key  # type: ignore[attr-defined]
        return key if type(key) is str and len(key) <= _MAX_TEXT_CHARS else None
    return None


def decode_zone(data: Any) -> tzinfo:
    """Return a time zone."""
    if type(data) is str:
        if len(data) > _MAX_TEXT_CHARS:
            raise WireError("not a time zone")
        zone: tzinfo = importlib.import_module("zoneinfo").ZoneInfo(data)
        return zone
    if type(data) is list:
        seconds, name = data
        if len(name) > _MAX_TEXT_CHARS:
            raise WireError("not a time zone")
        return timezone(timedelta(seconds=seconds), name)
    return timezone(timedelta(seconds=data))


def encode_time(value: Any) -> Any:
    """Return a date, time, moment or duration by value."""
    kind = type(value).__name__
    if kind == "timedelta":
        return {"T": [kind, value.days, value.seconds, value.microseconds]}
    day = [] if kind == "time" else [value.year, value.month, value.day]
    if kind == "date":
        return {"T": [kind, *day]}
    zone = None if value.tzinfo is None else encode_zone(value.tzinfo)
    if zone is None and value.tzinfo is not None and value.utcoffset() is not None:
        zone = value.utcoffset().total_seconds()  # the same moment, without the rules of the zone
    fold = [value.fold] if value.fold else []
    return {"T": [kind, *day, value.hour, value.minute, value.second, value.microsecond, zone, *fold]}


_MOMENTS: dict[str, tuple[Any, int]] = {"datetime": (datetime, 7), "time": (time, 4)}
"""Class, and how many numbers it is made of."""


def decode_moment(kind: str, parts: list[Any]) -> Any:
    """Return a ``datetime`` or ``time``."""
    cls, count = _MOMENTS[kind]
    numbers, zone, fold = parts[:count], parts[count], parts[count + 1 :]
    return cls(*numbers, tzinfo=None if zone is None else decode_zone(zone), fold=fold[0] if fold else 0)
