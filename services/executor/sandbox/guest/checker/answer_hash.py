"""Hashes what a program answers to the calls of one test, so that programs can be grouped by what they return.

The hash covers the answers of all calls that the test makes, in order. A plain value contributes its content, an
exception its class name, and an object of the program's own class its class name: the test's further calls of that
object have answers of their own. An object of a subclass of a builtin (a named tuple, a member of an ``IntEnum``)
contributes its builtin value, by which the test compares it. Values that Python compares as equal have equal hashes
(``1``, ``1.0``, ``True`` and numpy's 1); a list, a tuple and an array do not. The program receives neither the hash nor
anything that it is compared with.

Not promised: a hash for answers of more than ``_MAX_ITEMS`` items, or for values that are not plain data (of pandas,
for example). Such a test has none.
"""

import sys
from _blake2 import blake2b  # ``hashlib`` loads OpenSSL: every fork would copy half a MiB more
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from ..wire.codec import MAX_DEPTH
from .remote_object import object_number

_MAX_ITEMS = 10_000
"""Items of one answer, nested ones included: about 10 ms of the checker's time."""
_DIGEST_BYTES = 8
"""64 bits: among a million different answers, a chance of 3e-8 that two have one hash."""
_SEQUENCES: dict[type, bytes] = {list: b"[", deque: b"[", tuple: b"("}
_MAPPINGS = frozenset({dict, Counter, OrderedDict, defaultdict})
_SETS = frozenset({set, frozenset})


class _NoHash(Exception):
    """The value is too large, or is not plain data."""


def _number(value: Any) -> bytes:
    if type(value) is float:
        if value != value:  # noqa: PLR0124  -- NaN
            return b"nan"
        if not value.is_integer():
            return b"f" + repr(value).encode()
    return b"i%x" % int(value)  # hexadecimal: a large number in decimal takes quadratic time


def _framed(tag: bytes, body: bytes) -> bytes:
    """Return a text with its length, so that no two lists of texts join to the same text."""
    return tag + b"%d:" % len(body) + body


_BY_REPR = (complex, range, Decimal, Fraction, date, datetime, time, timedelta)
"""Types of the standard library whose ``repr`` holds the whole value."""
_ATOMS: dict[type, Callable[[Any], bytes]] = {
    **dict.fromkeys((int, bool, float), _number),
    **dict.fromkeys((bytes, bytearray, memoryview), lambda value: _framed(b"b", bytes(value))),
    **dict.fromkeys(_BY_REPR, lambda value: _framed(b"r", repr(value).encode())),
    str: lambda value: _framed(b"s", value.encode("utf-8", "surrogatepass")),
    type(None): lambda _value: b"N",
}


def _builtin_value(value: Any, builtin: Any) -> Any:
    """Return the value of an object of a builtin's subclass as a builtin object, whatever the subclass overrides."""
    if builtin in (int, float, complex):
        return builtin.__add__(value, builtin())
    if builtin in _SETS:
        return builtin.union(builtin(), value)
    if builtin is dict:
        return dict.copy(value)
    return builtin.__getitem__(value, slice(None))


_BUILTINS = frozenset({int, float, complex, str, bytes, tuple, list, dict, *_SETS})
"""Builtin classes. A proxy for an object of the program's subclass of one is a value of that class (``refs``)."""


class AnswerHash:
    """The hash of one test's answers."""

    def __init__(self) -> None:
        self._digest = blake2b(digest_size=_DIGEST_BYTES)
        self._answers = 0
        self._is_complete = True

    def add_value(self, value: Any) -> None:
        """Add a value that the program returned."""
        self._add(lambda: canonical(value))

    def add_exception(self, error: BaseException) -> None:
        """Add an exception that the program raised, by the name of its class."""
        self._add(lambda: b"!" + type(error).__name__.encode(errors="replace"))

    def hexdigest(self) -> str | None:
        """Return the hash; ``None`` if nothing was answered, or an answer has no hash."""
        return self._digest.hexdigest() if self._answers and self._is_complete else None

    def _add(self, encode: Callable[[], bytes]) -> None:
        self._answers += 1
        if not self._is_complete:
            return
        try:
            encoded = encode()
        except (_NoHash, RecursionError, ValueError, OverflowError, MemoryError):
            # Such as a Fraction of more digits than ``repr`` writes. The test must not notice.
            self._is_complete = False
        else:
            self._digest.update(b"%d:" % len(encoded) + encoded)


def hash_of_text(text: str) -> str:
    """Return the hash of what a program printed."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES).hexdigest()


def canonical(value: Any) -> bytes:
    """Return a text that is equal for equal plain values, whatever the order of a dict or set.

    Runs no code of the program's or the test's: types are compared exactly.
    """
    return _Encoder().encode(value, 0)


class _Encoder:
    """Encodes one value; counts its items."""

    def __init__(self) -> None:
        self._items = 0

    def encode(self, value: Any, depth: int) -> bytes:
        """Return the text of a value and of all that is in it. Raises ``_NoHash``."""
        self._items += 1
        if self._items > _MAX_ITEMS or depth > MAX_DEPTH:
            raise _NoHash
        kind = type(value)
        if kind in _ATOMS:
            return _ATOMS[kind](value)
        if kind in _SEQUENCES:
            return self._joined(_SEQUENCES[kind], value, depth)
        if kind in _SETS:
            return _framed(b"{", b"".join(sorted(self.encode(item, depth + 1) for item in value)))
        if kind in _MAPPINGS:
            pairs = (self._joined(b"=", pair, depth) for pair in value.items())
            return _framed(b"d", b"".join(sorted(pairs)))
        return self._other(value, depth)

    def _joined(self, tag: bytes, items: Iterable[Any], depth: int) -> bytes:
        return _framed(tag, b"".join(self.encode(item, depth + 1) for item in items))

    def _other(self, value: Any, depth: int) -> bytes:
        kind = type(value)
        builtin = kind.__base__
        if builtin in _BUILTINS:
            return self.encode(_builtin_value(value, builtin), depth)
        if object_number(value) is not None:
            return _framed(b"o", kind.__name__.encode(errors="replace"))
        if issubclass(kind, BaseException):
            return _framed(b"!", kind.__name__.encode(errors="replace"))
        numpy = sys.modules.get("numpy")
        if numpy is not None and issubclass(kind, (numpy.ndarray, numpy.generic)):
            if value.shape == ():
                return self.encode(value.item(), depth + 1)
            if value.size > _MAX_ITEMS:
                raise _NoHash
            return _framed(b"n", self.encode(numpy.asarray(value).tolist(), depth + 1))
        raise _NoHash
