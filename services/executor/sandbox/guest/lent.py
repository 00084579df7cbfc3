"""The test's objects that a program was handed, and the closed list of what it may do with them.

Calling a callback, drawing from an iterator, and the public attributes of an instance of a class that the test
defines. Never a function's attributes: its globals hold the tests. What travels by value is never lent.
"""

import builtins
from collections.abc import Iterator
from typing import Any

from .decoder import decode
from .encoder import encode
from .namespace import TEST_MODULE
from .operations import OPERATIONS
from .wire import Refs, WireError

_TOOLS = frozenset({"random.Random", "_io.StringIO", "_io.BytesIO"})
"""Library classes whose instances tests hand to programs."""


class Lent:
    """Objects by number, from -1 down: the program's own have the numbers from 0 up."""

    def __init__(self, refs: Refs) -> None:
        self._refs = refs
        self._objects: list[Any] = []
        self.kept: list[type[Exception]] = []
        """What callbacks raised in the test in hand and the program has not passed on: a failed assertion is
        final, whoever catches it.
        """

    def lend(self, value: object) -> int:
        """Return a number for an object. Raises ``TypeError`` if a program could do nothing with it."""
        if not (callable(value) or isinstance(value, Iterator) or _is_instance(value)):
            raise TypeError(f"a {type(value).__name__} cannot be handed to the program")
        self._objects.append(value)
        return -len(self._objects)

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
            or (operation in ("iter", "next") and (instance or isinstance(target, Iterator)))
            or (operation in ("len", "getitem") and instance)
            or (operation == "getattr" and instance and _public(args))
            or (operation == "setattr" and type(target).__module__ == TEST_MODULE and _public(args))
        )
        if not allowed:
            raise AttributeError("a program may not do this to a test's object")
        return OPERATIONS[operation](target, *args, **kwargs)

    def _described(self, error: Exception) -> dict[str, Any]:
        """Describe a callback's exception to the program: its builtin class and plain arguments."""
        described: dict[str, Any] = {"b": _builtin_class(error).__name__, "a": []}
        try:
            return {**described, "a": [encode(value, self._refs) for value in error.args]}
        except Exception:  # noqa: BLE001  -- arguments that cannot travel stay behind
            return described


def _builtin_class(error: Exception) -> type[Exception]:
    return next(base for base in type(error).__mro__ if getattr(builtins, base.__name__, None) is base)


def _public(args: list[Any]) -> bool:
    return bool(args) and type(args[0]) is str and not args[0].startswith("_")


def _is_instance(value: object) -> bool:
    """Whether this is an object whose public attributes a program may use: a test's own, or a harmless tool."""
    cls = type(value)
    return cls.__module__ == TEST_MODULE or f"{cls.__module__}.{cls.__name__}" in _TOOLS
