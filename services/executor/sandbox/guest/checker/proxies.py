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
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from typing import Any, Protocol, TypeVar

from ..wire.operations import BINARY, IN_PLACE, UNARY
from .awaiting import perform_awaited
from .special_names import is_served

_T = TypeVar("_T")
_MISSING = object()


class CandidateCaller(Protocol):
    """What a proxy needs of the checker."""

    def perform(self, operation: str, /, *args: Any, **kwargs: Any) -> Any:
        """Perform an operation in the candidate; raise what it raised."""
        ...

    def mark_rests_on_program(self) -> None:
        """Note that the program's code had a say in the running test."""
        ...

    def mark_truth_of_program(self, proxy: Any) -> None:
        """Note that the running test asked for the truth of the program's object, which its own code decides."""
        ...

    def made_by_test(self, proxy: Any) -> bool:
        """Whether the test constructed this object from a class that the suite names."""
        ...

    def adopt_numpy(self, value: Any) -> Any:
        """Return the form in which a test gets an array of the program's."""
        ...

    def was_raised_by_program(self, error: BaseException) -> bool:
        """Whether the program raised it, rather than the test."""
        ...


class _ForCopy:
    """``__copy__`` of a class, which ``copy.copy`` calls. No object has it: ``itertools.tee`` would call it."""

    def __get__(self, proxy: "Proxy | None", _owner: type) -> Any:
        if proxy is None:
            return lambda copied: copied._acecoder_caller.perform("copy", copied)  # noqa: SLF001
        raise AttributeError("__copy__")


class Proxy:
    """An object of the program, by reference."""

    __slots__ = ("_acecoder_caller", "_acecoder_class", "_acecoder_has_own_truth", "_acecoder_number")

    def __init__(
        self, caller: CandidateCaller, number: int, class_number: int | None, *, has_own_truth: bool = True
    ) -> None:
        """``has_own_truth``: the object's class defines ``__bool__`` or ``__len__``; if not, the object is true."""
        object.__setattr__(self, "_acecoder_caller", caller)
        object.__setattr__(self, "_acecoder_number", number)
        object.__setattr__(self, "_acecoder_class", class_number)
        object.__setattr__(self, "_acecoder_has_own_truth", has_own_truth)

    def __getattr__(self, name: str) -> Any:
        if name == "__array__":
            return _array_conversion(self)
        return attribute(self._acecoder_caller, self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._acecoder_caller.perform("setattr", self, name, value)

    def __delattr__(self, name: str) -> None:
        self._acecoder_caller.perform("delattr", self, name)

    # Containers and iterators

    def __getitem__(self, key: Any) -> Any:
        return self._acecoder_caller.perform("getitem", self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        self._acecoder_caller.perform("setitem", self, key, value)

    def __delitem__(self, key: Any) -> None:
        self._acecoder_caller.perform("delitem", self, key)

    def __len__(self) -> int:
        length = _checked(int, self._acecoder_caller.perform("len", self))
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
            return _checked(bool, self._acecoder_caller.perform("contains", self, item))
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
        return _checked(int, self._acecoder_caller.perform("hash", self))

    def __bool__(self) -> bool:
        if not self._acecoder_has_own_truth:
            return True
        self._acecoder_caller.mark_truth_of_program(self)
        return _checked(bool, self._acecoder_caller.perform("bool", self))

    def __instancecheck__(self, value: object) -> bool:
        if not isinstance(value, Proxy) and not hasattr(type(value), "_acecoder_number"):
            return False
        self._acecoder_caller.mark_rests_on_program()
        return _checked(bool, self._acecoder_caller.perform("isinstance", value, self))

    def __subclasscheck__(self, cls: type) -> bool:
        if not isinstance(cls, Proxy):
            return False
        self._acecoder_caller.mark_rests_on_program()
        return _checked(bool, self._acecoder_caller.perform("issubclass", cls, self))

    # Text and numbers

    def __str__(self) -> str:
        return _checked(str, self._acecoder_caller.perform("str", self))

    def __repr__(self) -> str:
        return _checked(str, self._acecoder_caller.perform("repr", self))

    def __format__(self, spec: str) -> str:
        return _checked(str, self._acecoder_caller.perform("format", self, spec))

    def __int__(self) -> int:
        return _checked(int, self._acecoder_caller.perform("int", self))

    def __float__(self) -> float:
        return _checked(float, self._acecoder_caller.perform("float", self))

    def __complex__(self) -> complex:
        return _checked(complex, self._acecoder_caller.perform("complex", self))

    def __bytes__(self) -> bytes:
        return _checked(bytes, self._acecoder_caller.perform("bytes", self))

    def __round__(self, *digits: int) -> Any:
        return self._acecoder_caller.perform("round", self, *digits)

    def __floor__(self) -> Any:
        return self._acecoder_caller.perform("floor", self)

    def __ceil__(self) -> Any:
        return self._acecoder_caller.perform("ceil", self)

    def __trunc__(self) -> Any:
        return self._acecoder_caller.perform("trunc", self)

    # Protocols

    def __enter__(self) -> Any:
        return self._acecoder_caller.perform("enter", self)

    __copy__ = _ForCopy()

    def __deepcopy__(self, _memo: object) -> Any:
        return self._acecoder_caller.perform("deepcopy", self)

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> Any:
        return self._exit("exit", error)

    def _exit(self, operation: str, error: BaseException | None) -> bool:
        """Leave the program's context manager; return whether it swallowed the error.

        A failed assertion of the test's is final: the manager learns that one failed, not what was expected, and cannot
        swallow it.
        """
        caller = self._acecoder_caller
        if error is None:
            return bool(caller.perform(operation, self, None, None, None))
        if isinstance(error, AssertionError) and not caller.was_raised_by_program(error):
            with suppress(Exception):  # what it raises itself does not hide the failure either
                caller.perform(operation, self, AssertionError, AssertionError(), None)
            return False
        swallowed = bool(caller.perform(operation, self, type(error), error, None))
        if swallowed:
            caller.mark_rests_on_program()
        return swallowed

    def __await__(self) -> Generator[Any, None, Any]:
        return perform_awaited(self._acecoder_caller, "await", self).__await__()

    async def __aenter__(self) -> Any:
        return await perform_awaited(self._acecoder_caller, "aenter", self)

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> Any:
        return self._exit("aexit", error)

    def __aiter__(self) -> Any:
        return self._acecoder_caller.perform("aiter", self)

    async def __anext__(self) -> Any:
        return await perform_awaited(self._acecoder_caller, "anext", self)

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


def attribute(caller: CandidateCaller, target: object, name: str) -> Any:
    """Return an attribute of the program's object. Raises ``AttributeError`` for a special one that is not served."""
    if name[:1] == "_":
        if not is_served(name):
            raise AttributeError(name)
        if name == "__bases__":  # ``issubclass`` decides by it
            caller.mark_rests_on_program()
    return caller.perform("getattr", target, name)


def _array_conversion(proxy: Proxy) -> Callable[..., Any]:
    """Return numpy's ``__array__`` of an object that has one; the array must cross by value."""
    caller = proxy._acecoder_caller  # noqa: SLF001
    convert = caller.perform("getattr", proxy, "__array__")

    def array(dtype: Any = None, copy: Any = None) -> Any:  # noqa: ARG001  -- what crossed is a copy
        value = caller.perform("call", convert)
        if type(value).__module__ != "numpy" or isinstance(value, Proxy) or not hasattr(value, "astype"):
            raise TypeError("__array__ of the program's object returned no array of numbers")
        caller.mark_rests_on_program()
        return value if dtype is None else value.astype(dtype)

    return array


def as_array(proxy: Proxy) -> Any:
    """Return the array that numpy makes of an object, as an answer."""
    numpy: Any = sys.modules["numpy"]
    array = numpy.asanyarray(proxy)
    return proxy._acecoder_caller.adopt_numpy(array)  # noqa: SLF001


def _checked(kind: type[_T], value: Any) -> _T:
    """Return the value if its type is exactly ``kind``. Raises ``TypeError``."""
    if type(value) is not kind:
        raise TypeError(
            f"the program's object returned {type(value).__name__} where {kind.__name__} is expected"
        )
    return value


def _iterator(value: Any) -> Iterator[Any]:
    return value if isinstance(value, Proxy) else iter(value)


def _operand(operation: str, *, reflected: bool) -> Callable[..., Any]:
    def operate(self: Proxy, other: Any, *modulo: Any) -> Any:
        caller = self._acecoder_caller
        if not isinstance(other, Proxy) and not caller.made_by_test(self):
            return NotImplemented
        caller.mark_rests_on_program()
        if reflected:
            return caller.perform(operation, other, self)
        return caller.perform(operation, self, other, *modulo)

    return operate


def _unary(operation: str) -> Callable[[Proxy], Any]:
    return lambda self: self._acecoder_caller.perform(operation, self)


for _name in BINARY:
    _dunder = _name.rstrip("_")
    setattr(Proxy, f"__{_dunder}__", _operand(_name, reflected=False))
    setattr(Proxy, f"__r{_dunder}__", _operand(_name, reflected=True))
for _name in IN_PLACE:
    setattr(Proxy, f"__{_name}__", _operand(_name, reflected=False))
for _name in UNARY:
    setattr(Proxy, f"__{_name}__", _unary(_name))


def class_number(value: object) -> int | None:
    """Return the number of the program's class that a class of proxies stands for; ``None`` for anything else."""
    number = vars(value).get("_acecoder_class_number") if type(value) is type else None
    return number if type(number) is int else None


def object_number(value: Any) -> int | None:
    """Return the number of the program's object that a proxy stands for; ``None`` for anything else."""
    if isinstance(value, Proxy):
        return int(value._acecoder_number)  # noqa: SLF001
    number = getattr(type(value), "_acecoder_number", None)
    return number if type(number) is int else None
