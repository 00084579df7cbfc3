"""Provides what a proxy does under Python's operators and conversions: ``x + y``, ``-x``, ``int(x)``, ``str(x)``.

The program receives the plain operand of an operator (``x - 0.5``) only if the test itself constructed the object, from
a class that the suite names. Otherwise the operator is a ``TypeError``. A conversion must return exactly the builtin
that it is named after.
"""

from collections.abc import Callable
from typing import Any

from ..wire.operations import BINARY, IN_PLACE, UNARY
from .remote_object import RemoteObject, checked


class ProxyOperators(RemoteObject):
    """The operators and conversions of ``Proxy``."""

    __slots__ = ()

    def __str__(self) -> str:
        return checked(str, self._acecoder_caller.perform("str", self))

    def __repr__(self) -> str:
        return checked(str, self._acecoder_caller.perform("repr", self))

    def __format__(self, spec: str) -> str:
        return checked(str, self._acecoder_caller.perform("format", self, spec))

    def __int__(self) -> int:
        return checked(int, self._acecoder_caller.perform("int", self))

    def __float__(self) -> float:
        return checked(float, self._acecoder_caller.perform("float", self))

    def __complex__(self) -> complex:
        return checked(complex, self._acecoder_caller.perform("complex", self))

    def __bytes__(self) -> bytes:
        return checked(bytes, self._acecoder_caller.perform("bytes", self))

    def __round__(self, *digits: int) -> Any:
        return self._acecoder_caller.perform("round", self, *digits)

    def __floor__(self) -> Any:
        return self._acecoder_caller.perform("floor", self)

    def __ceil__(self) -> Any:
        return self._acecoder_caller.perform("ceil", self)

    def __trunc__(self) -> Any:
        return self._acecoder_caller.perform("trunc", self)


def _operand(operation: str, *, reflected: bool) -> Callable[..., Any]:
    def operate(self: ProxyOperators, other: Any, *modulo: Any) -> Any:
        caller = self._acecoder_caller
        if not isinstance(other, RemoteObject) and not caller.made_by_test(self):
            return NotImplemented
        caller.mark_rests_on_program()
        if reflected:
            return caller.perform(operation, other, self)
        return caller.perform(operation, self, other, *modulo)

    return operate


def _unary(operation: str) -> Callable[[ProxyOperators], Any]:
    return lambda self: self._acecoder_caller.perform(operation, self)


for _name in BINARY:
    _dunder = _name.rstrip("_")
    setattr(ProxyOperators, f"__{_dunder}__", _operand(_name, reflected=False))
    setattr(ProxyOperators, f"__r{_dunder}__", _operand(_name, reflected=True))
for _name in IN_PLACE:
    setattr(ProxyOperators, f"__{_name}__", _operand(_name, reflected=False))
for _name in UNARY:
    setattr(ProxyOperators, f"__{_name}__", _unary(_name))
