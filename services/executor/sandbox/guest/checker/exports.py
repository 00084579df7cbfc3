"""Exports the test's objects to the program, which may use them by a closed list of operations.

A program may call a callback (``callables`` decides which), take items from an iterator and await a coroutine. It may
use public attributes and special methods of an instance whose class the test defines. It may never use a function's
attributes: its globals hold the tests. Nor may it use a method that only ``object`` defines: it shows an address of
this process. Values that travel as plain data are never exported.
"""

import builtins
import re
import sys
import types
from collections.abc import Iterator
from threading import Thread
from typing import Any

from ..wire.codec import Refs, WireError
from ..wire.decoder import decode
from ..wire.encoder import encode
from ..wire.operations import BINARY, IN_PLACE, OPERATIONS, UNARY
from .callables import library_name, parts_of, runs_here
from .function_descriptions import described_function
from .special_names import TEST_MODULE

_EXPORTED_CLASSES = frozenset(
    "random.Random _io.StringIO _io.BytesIO unittest.mock.Mock unittest.mock.MagicMock unittest.mock.AsyncMock".split()
)
"""Library classes whose instances tests pass to programs."""
_SPECIAL_METHODS = frozenset(
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
"""Special methods that a program may call if the object's class defines them."""


class ExportedObjects:
    """The exported objects of one candidate, by number: from -1 down. The program's objects are numbered from 0 up."""

    def __init__(self, refs: Refs) -> None:
        self._refs = refs
        self._objects: list[Any] = []
        self._numbers: dict[int, int] = {}
        self.unpropagated: list[type[Exception]] = []
        """What callbacks raised in the running test and the program has not raised in turn. A failed assertion is
        final, even if the program catches it.
        """

    def export(self, value: object) -> dict[str, Any]:
        """Return the reference to an object, the same each time. Raises ``TypeError`` if a program could not use the
        object.
        """
        description = self._made_in_program(value) or _description(value)
        if id(value) not in self._numbers:  # it is kept, so no other object can get its address
            self._objects.append(value)
            self._numbers[id(value)] = -len(self._objects)
        return {"h": self._numbers[id(value)], **description}

    def _made_in_program(self, value: Any) -> dict[str, Any] | None:
        """Describe a callable that runs in the program: the library's, by name or made again of its parts."""
        if type(value) is re.Pattern:
            return {"k": "made", "x": [encode(part, self._refs) for part in parts_of(value) or ()]}
        if not callable(value) or runs_here(value) or isinstance(value, BaseException):
            return None
        if isinstance(value, type) and issubclass(value, BaseException):
            return None
        name = library_name(value)
        if name is not None:
            return {"k": "library", "x": name}
        parts = parts_of(value)
        if parts is None:
            return None
        aliases, self._refs.aliases = self._refs.aliases, None  # a copy, which no call changes
        try:
            return {"k": "made", "x": [encode(part, self._refs) for part in parts]}
        finally:
            self._refs.aliases = aliases

    def get(self, number: Any) -> Any:
        """Return the object of a number that the program wrote. Raises ``WireError``."""
        if type(number) is not int or not -len(self._objects) <= number <= -1:
            raise WireError("no such object")
        return self._objects[-number - 1]

    def serve_callback(self, line: list[Any]) -> list[Any]:
        """Return the reply to a program's ``callback`` line, whatever the line holds."""
        operation = None
        try:
            _kind, number, operation, args, kwargs = line
            values = [decode(value, self._refs) for value in args]
            named = {str(key): decode(value, self._refs) for key, value in kwargs.items()}
            return ["return", encode(self._use(number, operation, values, named), self._refs)]
        except Exception as error:  # noqa: BLE001  -- the callback's exception goes to the program
            if operation == "call" or isinstance(error, AssertionError):
                self.unpropagated.append(_builtin_base(type(error)))
            return ["raise", self._describe_error(error)]

    def mark_propagated(self, raised: BaseException) -> None:
        """Note that the program raised this: it did not hide a callback's exception of that class."""
        self.unpropagated = [cls for cls in self.unpropagated if not isinstance(raised, cls)]

    def _use(self, number: Any, operation: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
        """Perform an operation on an object. Raises ``AttributeError`` if a program may not, ``WireError``."""
        target = self.get(number)
        is_usable = _is_usable_instance(target)
        allowed = (
            (operation == "call" and callable(target) and runs_here(target))
            or (operation == "next" and isinstance(target, Iterator))
            or (
                operation == "getattr"
                and is_usable
                and _is_public_name(args)
                and not _is_mock_record(target, args[0])
            )
            or (operation == "setattr" and type(target).__module__ == TEST_MODULE and _may_set(target, args))
        )
        if allowed:
            return OPERATIONS[operation](target, *args, **kwargs)
        if operation == "await" and type(target) is types.CoroutineType:
            return _run_coroutine(target)
        method = _special_methods(target).get(operation) if is_usable and type(operation) is str else None
        if method is not None:
            # a mock is no descriptor
            bound = method.__get__(target) if hasattr(type(method), "__get__") else method
            return bound(*args, **kwargs)
        raise AttributeError(_refusal(operation, args))

    def _describe_error(self, error: Exception) -> dict[str, Any]:
        """Describe a callback's exception to the program: its builtin class and its arguments."""
        described: dict[str, Any] = {"b": _builtin_base(type(error)).__name__, "a": []}
        try:
            if type(error).__module__ == TEST_MODULE:
                described["c"] = encode(type(error), self._refs)
            return {**described, "a": [encode(value, self._refs) for value in error.args]}
        except Exception:  # noqa: BLE001  -- arguments that cannot be encoded are left out
            return described


def _refusal(operation: Any, args: list[Any]) -> str:
    """Return the message for an operation that a program may not perform. Its parts may be megabytes long."""
    words = [word[:80] for word in (operation, *args[:1]) if type(word) is str]
    return f"a program may not use {' '.join(words)!r} on a test's object"


def _is_mock_record(target: object, name: str) -> bool:
    """Whether this attribute of a mock is for the test: the recorded calls, and the configured answers."""
    mock = sys.modules.get("unittest.mock")
    return mock is not None and isinstance(target, mock.NonCallableMock) and hasattr(mock.MagicMock, name)


def _may_set(target: object, args: list[Any]) -> bool:
    """Whether a program may set this attribute: never in place of a method, which the test's verdict may use."""
    return _is_public_name(args) and not (
        callable(getattr(type(target), args[0], None)) or _is_mock_record(target, args[0])
    )


def _builtin_base(cls: type) -> Any:
    """Return the first builtin class that a class is or derives from."""
    return next(base for base in cls.__mro__ if getattr(builtins, base.__name__, None) is base)


def _description(value: object) -> dict[str, Any]:
    """Describe an object to the candidate: ``k`` kind, ``n`` name, ``o`` special methods, ``p`` public attributes of
    its class, ``b`` built-in base.

    Raises ``TypeError`` if a program could not use it.
    """
    cls = type(value)
    if isinstance(value, type) and issubclass(value, BaseException):
        return {"k": "exception", "n": value.__name__, "b": _builtin_base(value).__name__}
    if _is_usable_instance(value) or cls is object:
        public = (
            [name for name in dir(cls) if not name.startswith("_")] if cls.__module__ == TEST_MODULE else []
        )
        return {"k": "object", "n": cls.__name__, "o": sorted(_special_methods(value)), "p": public}
    if isinstance(value, Iterator) or cls is types.CoroutineType:
        return {"k": "iterator", "n": cls.__name__}
    if callable(value) and runs_here(value):
        name = getattr(value, "__name__", cls.__name__)
        return {
            "k": "function",
            "n": name if type(name) is str else cls.__name__,
            **described_function(value),
        }
    raise TypeError(f"a {cls.__name__} cannot be passed to the program")


def _special_methods(value: object) -> dict[str, Any]:
    """Return the special methods of an instance, without those that only ``object`` defines."""
    methods: dict[str, Any] = {}
    for base in reversed(type(value).__mro__[:-1]):
        methods.update((name, vars(base)[name]) for name in _SPECIAL_METHODS & vars(base).keys())
    return {
        name: method for name, method in methods.items() if callable(method) or _is_exit_of_mock(name, method)
    }


def _is_exit_of_mock(name: str, method: object) -> bool:
    """Whether this makes the ``__exit__`` of a mock when it is first used: that of ``mock_open``."""
    return name == "__exit__" and type(method).__module__ == "unittest.mock"


def _run_coroutine(coroutine: Any) -> Any:
    """Run a test's coroutine to its end; in a thread, since an event loop of the test's may be running in this one."""
    import asyncio  # noqa: PLC0415  -- slow to import and rarely needed

    outcome: list[Any] = []

    def run() -> None:
        try:
            outcome.append((asyncio.run(coroutine), None))
        except BaseException as error:  # noqa: BLE001  -- raised again in the calling thread
            outcome.append((None, error))

    thread = Thread(target=run)
    thread.start()
    thread.join()
    value, error = outcome[0]
    if error is not None:
        raise error
    return value


def _is_public_name(args: list[Any]) -> bool:
    """Whether the first argument names a public attribute."""
    return bool(args) and type(args[0]) is str and not args[0].startswith("_")


def _is_usable_instance(value: object) -> bool:
    """Whether a program may use the public attributes of this object: an instance of a class that the test defines, or
    of one of ``_EXPORTED_CLASSES``.
    """
    cls = type(value)
    return cls.__module__ == TEST_MODULE or f"{cls.__module__}.{cls.__name__}" in _EXPORTED_CLASSES
