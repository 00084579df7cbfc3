"""Provides the proxies of containers that the test made of a class of the program's (``class Bag(dict)``).

Such a container stays in the program, whose methods see what the test changes in it. Compared with plain data, it
counts as its builtin value, as every instance of a builtin's subclass does: the value is fetched, and compared here.
So does an object of a class derived from ``UserDict``, ``UserList`` or ``UserString``: by the value that it wraps.
"""

import json
import operator
from typing import Any

from ..wire.operations import PLAIN_BASES
from .proxies import Proxy


class ContainerProxy(Proxy):
    """A list, dictionary or set of a class of the program's, or an object that wraps one or a text."""

    __slots__ = ()
    __hash__ = Proxy.__hash__

    def _compare(self, operation: str, other: object, *defaults: Any, **named_defaults: Any) -> Any:
        if isinstance(other, Proxy):
            return super()._compare(operation, other, *defaults, **named_defaults)
        return getattr(operator, operation)(_plain(self), other)


def _plain(proxy: ContainerProxy) -> Any:
    value = proxy._acecoder_caller.perform("plain", proxy)  # noqa: SLF001
    if type(value) not in (*PLAIN_BASES, str):
        raise TypeError("the program's object returned no builtin container as its value")
    return value


def install() -> None:
    """Make ``json`` write such a container as its builtin value, in this process: only where a suite names ``json``."""
    default = json.JSONEncoder.default

    def write(self: json.JSONEncoder, o: Any) -> Any:
        is_container = type(o).__mro__[1] is ContainerProxy and isinstance(o, PLAIN_BASES)
        return _plain(o) if is_container else default(self, o)

    json.JSONEncoder.default = write  # type: ignore[method-assign]
