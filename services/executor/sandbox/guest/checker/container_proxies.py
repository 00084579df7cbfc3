"""Provides the proxies of containers that the test made of a class of the program's (``class Bag(dict)``).

Such a container stays in the program, whose methods see what the test changes in it. Compared with plain data, it
counts as its builtin value, as every instance of a builtin's subclass does: the value is fetched, and compared here.
"""

import operator
from typing import Any

from ..wire.operations import PLAIN_BASES
from .proxies import Proxy


class ContainerProxy(Proxy):
    """A list, dictionary or set of a class of the program's."""

    __slots__ = ()
    __hash__ = Proxy.__hash__

    def _compare(self, operation: str, other: object, *defaults: Any, **named_defaults: Any) -> Any:
        if isinstance(other, Proxy):
            return super()._compare(operation, other, *defaults, **named_defaults)
        value = self._acecoder_caller.perform("plain", self)
        if type(value) not in PLAIN_BASES:
            raise TypeError("the program's object returned no builtin container as its value")
        return getattr(operator, operation)(value, other)
