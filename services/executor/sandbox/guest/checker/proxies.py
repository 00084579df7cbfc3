"""Stand-ins: what a test holds in place of the program's objects.

Plain data arrives as plain data and is compared here, by the builtins' own rules. An object of the program's
own class stays in the candidate; its stand-in forwards calls, attributes, iteration and the like. What a
program may *decide* is kept small:

- It is never asked to compare its object with plain data: such objects are unequal to plain data and not
  ordered with it.
- A subclass of a builtin counts as its builtin value in every comparison.
- It is told the plain operand of an operator (``x - 0.5``) or a membership test only if the test itself constructed
  the object, from a class it names; otherwise the operator is a TypeError and membership is decided by iterating.
- Wherever its code did have a say (equality and order between its own objects, truth, hashes, operators, an exception
  its context manager swallowed), the outcome is marked ``rests_on_program``.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from typing import Any, Protocol, TypeVar

from ..wire.operations import BINARY, IN_PLACE, UNARY

_T = TypeVar("_T")
_NOTHING = object()
_ADDRESSES = frozenset({"__array_interface__", "__array_struct__", "__cuda_array_interface__"})
"""Attributes in which libraries look for an address, to read memory there: this process's memory."""


class Asker(Protocol):
    """What a stand-in needs of the checker."""

    def ask(self, operation: str, /, *args: Any, **kwargs: Any) -> Any:
        """Perform an operation in the candidate; raise what it raised."""
        ...

    def rests_on_program(self) -> None:
        """Mark the test in hand."""
        ...

    def made_by_test(self, standin: Any) -> bool:
        """Whether the test constructed this object from a class it names."""
        ...

    def is_programs(self, error: BaseException) -> bool:
        """Whether the program raised it, rather than the test."""
        ...


class Standin:
    """An object of the program, by reference."""

    __slots__ = ("_acecoder_asker", "_acecoder_class", "_acecoder_number")

    def __init__(self, asker: Asker, number: int, class_number: int | None) -> None:
        object.__setattr__(self, "_acecoder_asker", asker)
        object.__setattr__(self, "_acecoder_number", number)
        object.__setattr__(self, "_acecoder_class", class_number)

    def __getattr__(self, name: str) -> Any:
        return attribute(self._acecoder_asker, self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._acecoder_asker.ask("setattr", self, name, value)

    def __delattr__(self, name: str) -> None:
        self._acecoder_asker.ask("delattr", self, name)

    # Containers and iterators

    def __getitem__(self, key: Any) -> Any:
        return self._acecoder_asker.ask("getitem", self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        self._acecoder_asker.ask("setitem", self, key, value)

    def __delitem__(self, key: Any) -> None:
        self._acecoder_asker.ask("delitem", self, key)

    def __len__(self) -> int:
        return _exactly(int, self._acecoder_asker.ask("len", self))

    def __iter__(self) -> Iterator[Any]:
        return _iterator(self._acecoder_asker.ask("iter", self))

    def __reversed__(self) -> Iterator[Any]:
        return _iterator(self._acecoder_asker.ask("reversed", self))

    def __next__(self) -> Any:
        return self._acecoder_asker.ask("next", self)

    def __contains__(self, item: Any) -> bool:
        if self._acecoder_asker.made_by_test(self):
            self._acecoder_asker.rests_on_program()
            return _exactly(bool, self._acecoder_asker.ask("contains", self, item))
        return any(item is each or item == each for each in iter(self))

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
        self, operation: str, other: object, same: Any = _NOTHING, plain: Any = NotImplemented
    ) -> Any:
        if not isinstance(other, Standin):
            return plain
        self._acecoder_asker.rests_on_program()
        if same is not _NOTHING and other._acecoder_number == self._acecoder_number:  # noqa: SLF001
            return same
        return self._acecoder_asker.ask(operation, self, other)

    def __hash__(self) -> int:
        self._acecoder_asker.rests_on_program()
        return _exactly(int, self._acecoder_asker.ask("hash", self))

    def __bool__(self) -> bool:
        self._acecoder_asker.rests_on_program()
        return _exactly(bool, self._acecoder_asker.ask("bool", self))

    def __instancecheck__(self, value: object) -> bool:
        if not isinstance(value, Standin) and not hasattr(type(value), "_acecoder_number"):
            return False
        return _exactly(bool, self._acecoder_asker.ask("isinstance", value, self))

    def __subclasscheck__(self, cls: type) -> bool:
        return isinstance(cls, Standin) and _exactly(bool, self._acecoder_asker.ask("issubclass", cls, self))

    # Text and numbers

    def __str__(self) -> str:
        return _exactly(str, self._acecoder_asker.ask("str", self))

    def __repr__(self) -> str:
        return _exactly(str, self._acecoder_asker.ask("repr", self))

    def __format__(self, spec: str) -> str:
        return _exactly(str, self._acecoder_asker.ask("format", self, spec))

    def __int__(self) -> int:
        return _exactly(int, self._acecoder_asker.ask("int", self))

    def __float__(self) -> float:
        return _exactly(float, self._acecoder_asker.ask("float", self))

    def __complex__(self) -> complex:
        return _exactly(complex, self._acecoder_asker.ask("complex", self))

    def __round__(self, *digits: int) -> Any:
        return self._acecoder_asker.ask("round", self, *digits)

    # Protocols

    def __enter__(self) -> Any:
        return self._acecoder_asker.ask("enter", self)

    def __copy__(self) -> Any:
        return self._acecoder_asker.ask("copy", self)

    def __deepcopy__(self, _memo: object) -> Any:
        return self._acecoder_asker.ask("deepcopy", self)

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> Any:
        return self._exit("exit", error)

    def _exit(self, operation: str, error: BaseException | None) -> bool:
        """A failed assertion of the test's is final: the program's manager learns that one failed, not what was
        due, and cannot swallow it.
        """
        asker = self._acecoder_asker
        if error is None:
            return bool(asker.ask(operation, self, None, None, None))
        if isinstance(error, AssertionError) and not asker.is_programs(error):
            with suppress(Exception):  # what it raises in its turn does not hide the failure either
                asker.ask(operation, self, AssertionError, AssertionError(), None)
            return False
        swallowed = bool(asker.ask(operation, self, type(error), error, None))
        if swallowed:
            asker.rests_on_program()
        return swallowed

    def __await__(self) -> Generator[Any, None, Any]:
        return self._acecoder_asker.ask("await", self)
        yield  # makes this a generator, as __await__ must be

    async def __aenter__(self) -> Any:
        return self._acecoder_asker.ask("aenter", self)

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> Any:
        return self._exit("aexit", error)

    def __aiter__(self) -> Any:
        return self._acecoder_asker.ask("aiter", self)

    async def __anext__(self) -> Any:
        return await self._acecoder_asker.ask("anext", self)

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        raise TypeError("a test cannot derive a class from the program's: the program is another process")


class CallableStandin(Standin):
    """A function, method or class of the program."""

    __slots__ = ()

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:  # noqa: D102
        return self._acecoder_asker.ask("call", self, *args, **kwargs)


class ClassStandin(CallableStandin):
    """A class of the program: ``isinstance(it, type)`` holds."""

    __slots__ = ()

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return type


def attribute(asker: Asker, target: object, name: str) -> Any:
    """Return an attribute of the program's object."""
    if name in _ADDRESSES:
        raise AttributeError(name)
    return asker.ask("getattr", target, name)


def _exactly(kind: type[_T], value: Any) -> _T:
    if type(value) is not kind:
        raise TypeError(f"the program's object gave {type(value).__name__} where {kind.__name__} is due")
    return value


def _iterator(value: Any) -> Iterator[Any]:
    return value if isinstance(value, Standin) else iter(value)


def _operand(operation: str, *, reflected: bool) -> Callable[[Standin, Any], Any]:
    def operate(self: Standin, other: Any) -> Any:
        asker = self._acecoder_asker
        if not isinstance(other, Standin):
            if not asker.made_by_test(self):
                return NotImplemented
            asker.rests_on_program()
        return asker.ask(operation, other, self) if reflected else asker.ask(operation, self, other)

    return operate


def _unary(operation: str) -> Callable[[Standin], Any]:
    return lambda self: self._acecoder_asker.ask(operation, self)


for _name in BINARY:
    _dunder = _name.rstrip("_")
    setattr(Standin, f"__{_dunder}__", _operand(_name, reflected=False))
    setattr(Standin, f"__r{_dunder}__", _operand(_name, reflected=True))
for _name in IN_PLACE:
    setattr(Standin, f"__{_name}__", _operand(_name, reflected=False))
for _name in UNARY:
    setattr(Standin, f"__{_name}__", _unary(_name))


def number_of(value: Any) -> int | None:
    """Return the number of an object of the program's; ``None`` for anything else."""
    if isinstance(value, Standin):
        return int(value._acecoder_number)  # noqa: SLF001
    number = getattr(type(value), "_acecoder_number", None)
    return number if type(number) is int else None
