"""The test's objects that a program was handed, and the closed list of what it may do with them.

Calling a callback, drawing from an iterator, waiting for a coroutine, and of an instance of a class that the test
defines its public attributes and special methods. Never a function's attributes: its globals hold the tests. Never
what ``object`` itself answers: that is an address of this process. What travels by value is never lent.
"""

import builtins
import sys
import types
from collections.abc import Iterator
from threading import Thread
from typing import Any

from ..wire.codec import Refs, WireError
from ..wire.decoder import decode
from ..wire.encoder import encode
from ..wire.operations import BINARY, IN_PLACE, OPERATIONS, UNARY
from .namespace import TEST_MODULE

_TOOLS = frozenset(
    {"random.Random", "_io.StringIO", "_io.BytesIO", "unittest.mock.Mock", "unittest.mock.MagicMock"}
)
"""Library classes whose instances tests hand to programs."""
_ANSWERED = frozenset(
    f"__{prefix}{name.rstrip('_')}__"
    for prefix, names in (
        ("", BINARY),
        ("r", BINARY),
        ("", IN_PLACE),
        ("", UNARY),
        ("", "eq ne lt le gt ge hash bool len contains getitem setitem delitem iter next reversed".split()),
        ("", "call enter exit str repr format int float complex round".split()),
    )
    for name in names
)
"""Special methods a program may call, where the object's class has its own."""


class Lent:
    """Objects by number, from -1 down: the program's own have the numbers from 0 up."""

    def __init__(self, refs: Refs) -> None:
        self._refs = refs
        self._objects: list[Any] = []
        self._numbers: dict[int, int] = {}
        self.kept: list[type[Exception]] = []
        """What callbacks raised in the test in hand and the program has not passed on: a failed assertion is
        final, whoever catches it.
        """

    def lend(self, value: object) -> dict[str, Any]:
        """Return the reference to an object, the same each time. Raises ``TypeError`` if a program could do
        nothing with it.
        """
        description = _description(value)
        if id(value) not in self._numbers:  # it is kept, so no other object can get its address
            self._objects.append(value)
            self._numbers[id(value)] = -len(self._objects)
        return {"h": self._numbers[id(value)], **description}

    def of(self, number: Any) -> Any:
        """Return the object of a number the program wrote. Raises ``WireError``."""
        if type(number) is not int or not -len(self._objects) <= number <= -1:
            raise WireError("no such object")
        return self._objects[-number - 1]

    def answer(self, question: list[Any]) -> list[Any]:
        """Return the reply to a program's ``callback`` line, whatever is in it."""
        operation = None
        try:
            _kind, number, operation, args, kwargs = question
            values = [decode(value, self._refs) for value in args]
            named = {str(key): decode(value, self._refs) for key, value in kwargs.items()}
            return ["return", encode(self._use(number, operation, values, named), self._refs)]
        except Exception as error:  # noqa: BLE001  -- the callback's own exception goes to the program
            if operation == "call" or isinstance(error, AssertionError):
                self.kept.append(_builtin_class(error))
            return ["raise", self._described(error)]

    def passed_on(self, raised: BaseException) -> None:
        """Note that the program raised this: what it had of a callback it did not keep to itself."""
        self.kept = [cls for cls in self.kept if not isinstance(raised, cls)]

    def _use(self, number: Any, operation: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
        """Do what the program asks of an object; raise ``AttributeError`` if it may not, or ``WireError``."""
        target = self.of(number)
        instance = _is_instance(target)
        allowed = (
            (operation == "call" and callable(target))
            or (operation == "next" and isinstance(target, Iterator))
            or (operation == "getattr" and instance and _public(args) and not _is_record(target, args[0]))
            or (operation == "setattr" and type(target).__module__ == TEST_MODULE and _may_set(target, args))
        )
        if allowed:
            return OPERATIONS[operation](target, *args, **kwargs)
        if operation == "await" and type(target) is types.CoroutineType:
            return _awaited(target)
        method = _answered(target).get(operation) if instance and type(operation) is str else None
        if method is not None:
            return method.__get__(target)(*args, **kwargs)
        raise AttributeError("a program may not do this to a test's object")

    def _described(self, error: Exception) -> dict[str, Any]:
        """Describe a callback's exception to the program: its builtin class and plain arguments."""
        described: dict[str, Any] = {"b": _builtin_class(error).__name__, "a": []}
        try:
            if type(error).__module__ == TEST_MODULE:
                described["c"] = encode(type(error), self._refs)
            return {**described, "a": [encode(value, self._refs) for value in error.args]}
        except Exception:  # noqa: BLE001  -- arguments that cannot travel stay behind
            return described


def _is_record(target: object, name: str) -> bool:
    """Whether this is what a mock itself is asked by the test: what was called, and what it is to answer."""
    mock = sys.modules.get("unittest.mock")
    return mock is not None and isinstance(target, mock.NonCallableMock) and hasattr(mock.MagicMock, name)


def _may_set(target: object, args: list[Any]) -> bool:
    """Whether a program may set this attribute: not in the place of a method, which the test may decide by."""
    return _public(args) and not (
        callable(getattr(type(target), args[0], None)) or _is_record(target, args[0])
    )


def _builtin_class(error: Exception) -> Any:
    return _builtin_base(type(error))


def _builtin_base(cls: type) -> Any:
    return next(base for base in cls.__mro__ if getattr(builtins, base.__name__, None) is base)


def _description(value: object) -> dict[str, Any]:
    """Return what a proxy is made from: ``k`` kind, ``n`` name, ``o`` special methods, ``b`` built-in base."""
    cls = type(value)
    if isinstance(value, type) and issubclass(value, BaseException):
        return {"k": "exception", "n": value.__name__, "b": _builtin_base(value).__name__}
    if _is_instance(value) or cls is object:
        return {"k": "object", "n": cls.__name__, "o": sorted(_answered(value))}
    if isinstance(value, Iterator) or cls is types.CoroutineType:
        return {"k": "iterator", "n": cls.__name__}
    if callable(value):
        name = getattr(value, "__name__", cls.__name__)
        return {"k": "function", "n": name if type(name) is str else cls.__name__}
    raise TypeError(f"a {cls.__name__} cannot be handed to the program")


def _answered(value: object) -> dict[str, Any]:
    """Return the special methods of an instance, less those that ``object`` has for any."""
    found: dict[str, Any] = {}
    for base in reversed(type(value).__mro__[:-1]):
        found.update((name, vars(base)[name]) for name in _ANSWERED & vars(base).keys())
    return {name: method for name, method in found.items() if callable(method)}


def _awaited(coroutine: Any) -> Any:
    """Run a test's coroutine to its end; in a thread, since a loop of the test's may be waiting right here."""
    import asyncio  # noqa: PLC0415  -- slow to import and rarely asked for

    outcome: list[Any] = []

    def run() -> None:
        try:
            outcome.append((asyncio.run(coroutine), None))
        except BaseException as error:  # noqa: BLE001  -- raised again where it belongs
            outcome.append((None, error))

    thread = Thread(target=run)
    thread.start()
    thread.join()
    value, error = outcome[0]
    if error is not None:
        raise error
    return value


def _public(args: list[Any]) -> bool:
    return bool(args) and type(args[0]) is str and not args[0].startswith("_")


def _is_instance(value: object) -> bool:
    """Whether this is an object whose public attributes a program may use: a test's own, or a harmless tool."""
    cls = type(value)
    return cls.__module__ == TEST_MODULE or f"{cls.__module__}.{cls.__name__}" in _TOOLS
