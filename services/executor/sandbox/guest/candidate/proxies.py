"""Represents the test's objects in the program's process: one proxy for each, which forwards every use to the checker.

A proxy's class has the name, the special methods and the public attributes of the object's class, so that ``x + y``,
``callable(x)``, ``type(x).__name__`` and ``isinstance(x, SomeProtocol)`` give the right results. The same object
always has the same proxy, so ``is`` does too. Proxies live in the program's process and decide nothing.
``checker.exports`` decides which uses are allowed.
"""

import builtins
import importlib
import types
from collections.abc import Callable, Generator
from typing import Any

from .function_shapes import code_of, signature_of

UseTestObject = Callable[[int, str, tuple[Any, ...], dict[str, Any]], Any]
"""``ProgramHost.use_test_object``: sends the number of a test's object, the name of an operation and the operation's
arguments to the checker, and returns the result."""
DecodeParts = Callable[[list[Any]], list[Any]]
"""Decodes function, arguments and keywords of a callable that is made here."""


class TestObjectProxy:
    """One of the test's objects. Forwards attributes; a subclass forwards special methods."""

    __slots__ = ("_number", "_use")

    def __init__(self, use: UseTestObject, number: int) -> None:
        object.__setattr__(self, "_use", use)
        object.__setattr__(self, "_number", number)

    def __getattr__(self, name: str) -> Any:
        return self._use(self._number, "getattr", (name,), {})

    def __setattr__(self, name: str, value: Any) -> None:
        self._use(self._number, "setattr", (name, value), {})

    def __copy__(self) -> Any:
        return self

    def __deepcopy__(self, _memo: Any) -> Any:
        return self


class TestFunctionProxy(TestObjectProxy):
    """A callback. As an attribute of a class it is a method, like any function."""

    __slots__ = ("__name__", "_described")

    def __init__(self, use: UseTestObject, number: int, described: dict[str, Any]) -> None:
        super().__init__(use, number)
        object.__setattr__(self, "__name__", described["n"])
        object.__setattr__(self, "_described", described)

    @property
    def __doc__(self) -> str | None:  # type: ignore[override]
        doc: str | None = self._described.get("doc")
        return doc

    @property
    def __signature__(self) -> Any:
        return signature_of(self._parameters())

    @property
    def __code__(self) -> Any:
        return code_of(self.__name__, self._parameters())

    def _parameters(self) -> list[list[Any]]:
        if "s" not in self._described:
            raise AttributeError("the parameters of this callable of the test's are not known")
        parameters: list[list[Any]] = self._described["s"]
        return parameters

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:  # noqa: D102
        return self._use(self._number, "call", args, kwargs)

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        return self if instance is None else types.MethodType(self, instance)


class TestIteratorProxy(TestObjectProxy):
    """An iterator."""

    __slots__ = ()

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> Any:
        return self._use(self._number, "next", (), {})


class TestCoroutineProxy(TestObjectProxy):
    """A coroutine, also to ``asyncio.iscoroutine``: it can be awaited, and run as a task. It ends at its first step."""

    __slots__ = ()

    def __await__(self) -> Generator[Any, None, Any]:
        return self._use(self._number, "await", (), {})
        yield  # makes this a generator, as __await__ must be

    def send(self, _value: Any) -> Any:
        """Run it to its end."""
        raise StopIteration(self._use(self._number, "await", (), {}))

    def throw(self, error: Any, *_rest: Any) -> Any:
        """Raise an error, which it never sees."""
        raise error

    def close(self) -> None:
        """Do nothing: it is closed by the test."""


class ProxyTable:
    """The proxies that one program holds, by the number of their object."""

    def __init__(self, use: UseTestObject) -> None:
        self._use = use
        self._proxies: dict[int, Any] = {}
        self._library_numbers: dict[int, int] = {}
        self._classes: dict[tuple[str, tuple[str, ...], tuple[str, ...]], type] = {}

    def get(self, tagged: dict[str, Any], decode_parts: DecodeParts) -> Any:
        """Return the proxy for a received reference, always the same one for an object. A callable of the library is
        the library's own.
        """
        number = tagged["h"]
        if number not in self._proxies:
            if tagged["k"] in ("library", "made"):
                made = (
                    _library_object(*tagged["x"])
                    if tagged["k"] == "library"
                    else _made(decode_parts(tagged["x"]))
                )
                self._library_numbers[id(made)] = number
                self._proxies[number] = made
            else:
                self._proxies[number] = self._create(number, tagged)
        return self._proxies[number]

    def number_of(self, value: object) -> int | None:
        """Return the number of a proxy's object; ``None`` if ``value`` is not a proxy."""
        if isinstance(value, TestObjectProxy):
            number: int = value._number  # noqa: SLF001
            return number
        if id(value) in self._library_numbers:
            return self._library_numbers[id(value)]
        return (
            type.__getattribute__(value, "__dict__").get("_test_object_number")
            if isinstance(value, type)
            else None
        )

    def _create(self, number: int, tagged: dict[str, Any]) -> Any:
        kind, name = tagged["k"], tagged["n"]
        if kind == "function":
            return TestFunctionProxy(self._use, number, tagged)
        if kind == "iterator":
            return (TestCoroutineProxy if name == "coroutine" else TestIteratorProxy)(self._use, number)
        if kind == "exception":
            base = getattr(builtins, tagged["b"], Exception)
            return type(name, (base,), {"__module__": "tests", "_test_object_number": number})
        return self._proxy_class(name, tuple(tagged["o"]), tuple(tagged["p"]))(self._use, number)

    def _proxy_class(self, name: str, methods: tuple[str, ...], attributes: tuple[str, ...]) -> type:
        if (name, methods, attributes) not in self._classes:
            # Attributes are on the class because protocols, from Python 3.12 on, look for them there only.
            body: dict[str, Any] = {attribute: _forwarding_attribute(attribute) for attribute in attributes}
            body |= {method: _forwarding_method(method) for method in methods}
            self._classes[name, methods, attributes] = type(
                name, (TestObjectProxy,), {"__slots__": (), **body}
            )
        return self._classes[name, methods, attributes]


def _forwarding_attribute(name: str) -> property:
    def forward(self: TestObjectProxy) -> Any:
        return self._use(self._number, "getattr", (name,), {})

    return property(forward)


def _forwarding_method(method: str) -> Callable[..., Any]:
    operation = "call" if method == "__call__" else method

    def forward(self: TestObjectProxy, /, *args: Any, **kwargs: Any) -> Any:
        return self._use(self._number, operation, args, kwargs)

    return forward


def _library_object(module: str, name: str) -> Any:
    value: Any = importlib.import_module(module)
    for part in name.split("."):
        value = getattr(value, part)
    return value


def _made(parts: list[Any]) -> Any:
    function, args, keywords = parts
    return function(*args, **keywords)
