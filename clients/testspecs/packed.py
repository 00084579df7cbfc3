"""Reads tests packed as base64 of zlib of a pickle (LiveCodeBench, open-instruct) without unpickling. Pure.

Interprets only the pickle operations that build text, numbers, lists, tuples and dictionaries. Any other
operation raises, so no class is looked up and nothing is called. The size is limited before and after.
"""

import base64
import binascii
import json
import pickletools
import zlib
from collections.abc import Callable
from typing import Any

PACKED_BYTES = 64 * 2**20
"""Most bytes after decompression: the largest private tests of LiveCodeBench are about half of it."""
_VALUES = 2_000_000
"""Most values of one packed text: a list that holds another many times, level by level, multiplies without end."""

_MARK = object()
_PUSH = {
    "BININT BININT1 BININT2 INT LONG LONG1 LONG4 BINFLOAT FLOAT": lambda value: value,
    "UNICODE SHORT_BINUNICODE BINUNICODE BINUNICODE8": lambda value: value,
    "NONE": lambda _: None,
    "NEWTRUE": lambda _: True,
    "NEWFALSE": lambda _: False,
    "EMPTY_LIST": lambda _: [],
    "EMPTY_DICT": lambda _: {},
    "EMPTY_TUPLE": lambda _: (),
    "MARK": lambda _: _MARK,
}
_PUSHES: dict[str, Callable[[Any], Any]] = {
    name: make for names, make in _PUSH.items() for name in names.split()
}
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


def unpack(text: str) -> Any:  # noqa: ANN401 - any plain data
    """Return the packed value; for a packed JSON text, the value of that JSON.

    Raises:
        ValueError: it is not packed in this way, is too large, or holds other than plain data.
    """
    try:
        stream = zlib.decompressobj()
        data = stream.decompress(base64.b64decode(text, validate=True), PACKED_BYTES)
    except (binascii.Error, zlib.error, ValueError) as error:
        raise ValueError(f"not base64 of compressed data: {error}") from None
    if not stream.eof:
        raise ValueError(f"packed data is cut off, or above {PACKED_BYTES} bytes")
    value = _PickleReader().read(data)
    return json.loads(value) if isinstance(value, str) else value


class _PickleReader:
    """Interprets the operations of one pickle, plain data only."""

    def __init__(self) -> None:
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}

    def read(self, data: bytes) -> Any:  # noqa: ANN401 - any plain data
        try:
            for operation, argument, _ in pickletools.genops(data):
                if operation.name == "STOP":
                    break
                self._apply(operation.name, argument)
            (value,) = self._stack
        except (IndexError, KeyError, TypeError, AttributeError, ValueError) as error:
            raise ValueError(f"packed data is not plain data: {error}") from None
        _check_size(value)
        return value

    def _apply(self, name: str, argument: Any) -> None:  # noqa: ANN401 - any plain data
        stack = self._stack
        if name in _PUSHES:
            stack.append(_PUSHES[name](argument))
        elif name in _TUPLES:
            stack[-_TUPLES[name] :] = [tuple(stack[-_TUPLES[name] :])]
        elif name in ("BINPUT", "LONG_BINPUT", "PUT", "MEMOIZE"):
            self._memo[len(self._memo) if name == "MEMOIZE" else argument] = stack[-1]
        elif name in ("BINGET", "LONG_BINGET", "GET"):
            stack.append(self._memo[argument])
        elif name in ("TUPLE", "LIST", "DICT", "APPENDS", "SETITEMS"):
            self._gather(name, self._to_mark())
        elif name in ("APPEND", "SETITEM"):
            items = [stack.pop() for _ in range(1 + (name == "SETITEM"))][::-1]
            self._gather(name + "S", items)
        elif name not in ("PROTO", "FRAME"):
            raise ValueError(f"the pickle operation {name} is not allowed")

    def _gather(self, name: str, items: list[Any]) -> None:
        pairs = list(zip(items[::2], items[1::2], strict=False))
        if name == "APPENDS":
            self._stack[-1].extend(items)
        elif name == "SETITEMS":
            self._stack[-1].update(pairs)
        elif name == "DICT":
            self._stack.append(dict(pairs))
        else:
            self._stack.append(tuple(items) if name == "TUPLE" else items)

    def _to_mark(self) -> list[Any]:
        at = max(place for place, value in enumerate(self._stack) if value is _MARK)
        items = self._stack[at + 1 :]
        del self._stack[at:]
        return items


def _check_size(value: Any) -> None:  # noqa: ANN401 - any plain data
    """Raise ``ValueError`` if the value has too many parts, holds itself, or is cut off."""
    stack, count = [value], 0
    while stack:
        part = stack.pop()
        count += 1
        if count > _VALUES or len(stack) > _VALUES:
            raise ValueError(f"packed data has more than {_VALUES} values")
        if part is _MARK:
            raise ValueError("packed data is not plain data: it is cut off")
        if isinstance(part, dict):
            stack += [*part.keys(), *part.values()]
        elif isinstance(part, list | tuple):
            stack += part
