"""Provides the proxies that a test holds in place of the program's objects.

Plain data arrives as plain data and is compared here, by the builtins' own rules. An object of the program's own class
stays in the candidate. Its proxy forwards calls, attributes, iteration and special methods. What a program may *decide*
is kept small:

- The program is never asked to compare its object with plain data: such an object is unequal to plain data and not
  ordered with it.
- A subclass of a builtin counts as its builtin value in every comparison.
- The program receives the plain operand of an operator (``x - 0.5``) or of a membership test only if the test itself
  constructed the object, from a class that the suite names. Otherwise the operator is a ``TypeError``, and membership
  is decided by iterating.
- Where the program's code did decide something (equality and order between its own objects, truth, hashes, operators,
  an exception that its context manager swallowed), the outcome is marked ``rests_on_program``.
"""

import sys
from collections.abc import Iterator
from typing import Any

from .proxy_operators import ProxyOperators
from .proxy_protocols import ProxyProtocols
from .remote_object import checked, class_number

_MISSING = object()


class Proxy(ProxyOperators, ProxyProtocols):
    """An object of the program, by reference."""

    __slots__ = ()

    # Containers and iterators

    def __getitem__(self, key: Any) -> Any:
        return self._acecoder_caller.perform("getitem", self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        self._acecoder_caller.perform("setitem", self, key, value)

    def __delitem__(self, key: Any) -> None:
        self._acecoder_caller.perform("delitem", self, key)

    def __len__(self) -> int:
        length = checked(int, self._acecoder_caller.perform("len", self))
        if not self._acecoder_caller.made_by_test(self):
            self._acecoder_caller.mark_rests_on_program()
        return length

    def __iter__(self) -> Iterator[Any]:
        return _iterator(self._acecoder_caller.perform("iter", self))

    def __reversed__(self) -> Iterator[Any]:
        return _iterator(self._acecoder_caller.perform("reversed", self))

    def __next__(self) -> Any:
        return self._acecoder_caller.perform("next", self)

    def __contains__(self, item: Any) -> bool:
        self._acecoder_caller.mark_rests_on_program()
        if self._acecoder_caller.made_by_test(self):
            return checked(bool, self._acecoder_caller.perform("contains", self, item))
        return any(item is member or item == member for member in iter(self))

    def __dir__(self) -> list[str]:
        return [name for name in self._acecoder_caller.perform("dir", self) if type(name) is str]

    # Decisions

    def __eq__(self, other: object) -> Any:
        return self._compare("eq", other, same=True, plain=False)

    def __ne__(self, other: object) -> Any:
        return self._compare("ne", other, same=False, plain=True)

    def __lt__(self, other: object) -> Any:
        return self._compare("lt", other)

    def __le__(self, other: object) -> Any:
        return self._compare("le", other)

    def __gt__(self, other: object) -> Any:
        return self._compare("gt", other)

    def __ge__(self, other: object) -> Any:
        return self._compare("ge", other)

    def _compare(
        self, operation: str, other: object, same: Any = _MISSING, plain: Any = NotImplemented
    ) -> Any:
        if not isinstance(other, Proxy):
            return plain
        self._acecoder_caller.mark_rests_on_program()
        if same is not _MISSING and other._acecoder_number == self._acecoder_number:  # noqa: SLF001
            return same
        return self._acecoder_caller.perform(operation, self, other)

    def __hash__(self) -> int:
        self._acecoder_caller.mark_rests_on_program()
        return checked(int, self._acecoder_caller.perform("hash", self))

    def __bool__(self) -> bool:
        if not self._acecoder_has_own_truth:
            return True
        self._acecoder_caller.mark_truth_of_program(self)
        return checked(bool, self._acecoder_caller.perform("bool", self))

    def __instancecheck__(self, value: object) -> bool:
        if not isinstance(value, Proxy) and not hasattr(type(value), "_acecoder_number"):
            return False
        self._acecoder_caller.mark_rests_on_program()
        return checked(bool, self._acecoder_caller.perform("isinstance", value, self))

    def __subclasscheck__(self, cls: type) -> bool:
        if not isinstance(cls, Proxy):
            return False
        self._acecoder_caller.mark_rests_on_program()
        return checked(bool, self._acecoder_caller.perform("issubclass", cls, self))

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        """Apply a function of numpy's to what the objects' ``__array__`` returned: it never reaches the program."""
        return getattr(ufunc, method)(
            *(as_array(x) if isinstance(x, Proxy) else x for x in inputs), **options
        )

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        raise TypeError(
            "a test cannot derive a class from the program's, which runs in another process: the suite needs "
            'isolation: "same_process"'
        )


class CallableProxy(Proxy):
    """A function, method or class of the program."""

    __slots__ = ()

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:  # noqa: D102
        return self._acecoder_caller.perform("call", self, *args, **kwargs)


class ClassProxy(CallableProxy):
    """A class of the program: ``isinstance(proxy, type)`` holds, and ``type(p) == proxy`` for an object of it."""

    __slots__ = ()
    __hash__ = Proxy.__hash__

    def __eq__(self, other: object) -> Any:
        number = class_number(other)
        if number is None:
            return super().__eq__(other)
        self._acecoder_caller.mark_rests_on_program()
        return number == self._acecoder_number

    def __ne__(self, other: object) -> Any:
        return super().__ne__(other) if class_number(other) is None else not self == other

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return type


def as_array(proxy: Proxy) -> Any:
    """Return the array that numpy makes of an object, as an answer."""
    numpy: Any = sys.modules["numpy"]
    array = numpy.asanyarray(proxy)
    return proxy._acecoder_caller.adopt_numpy(array)  # noqa: SLF001


def _iterator(value: Any) -> Iterator[Any]:
    return value if isinstance(value, Proxy) else iter(value)
