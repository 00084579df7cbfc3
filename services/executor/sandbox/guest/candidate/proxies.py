"""The test's objects as a program holds them: one proxy for each, which asks the test for everything.

A proxy's class bears the name of the object's, and has the special methods that class has, so that ``x + y``,
``callable(x)`` and ``type(x).__name__`` are what they should be; the same object is the same proxy, so that ``is`` is
too. All of it lives in the program's process and decides nothing. What may be asked for: ``lent``.
"""

import builtins
import types
from collections.abc import Callable, Generator
from typing import Any

Ask = Callable[[int, str, tuple[Any, ...], dict[str, Any]], Any]


class TestObjectProxy:
    """Something of the test's: attributes are asked for, everything else is its class's."""

    __slots__ = ("_ask", "_number")

    def __init__(self, ask: Ask, number: int) -> None:
        object.__setattr__(self, "_ask", ask)
        object.__setattr__(self, "_number", number)

    def __getattr__(self, name: str) -> Any:
        return self._ask(self._number, "getattr", (name,), {})

    def __setattr__(self, name: str, value: Any) -> None:
        self._ask(self._number, "setattr", (name, value), {})

    def __copy__(self) -> Any:
        return self

    def __deepcopy__(self, _memo: Any) -> Any:
        return self


class TestFunctionProxy(TestObjectProxy):
    """A callback; set on a class it is a method, as a function is."""

    __slots__ = ("__name__",)

    def __init__(self, ask: Ask, number: int, name: str) -> None:
        super().__init__(ask, number)
        object.__setattr__(self, "__name__", name)

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:  # noqa: D102
        return self._ask(self._number, "call", args, kwargs)

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        return self if instance is None else types.MethodType(self, instance)


class TestIteratorProxy(TestObjectProxy):
    """An iterator, or a coroutine to wait for."""

    __slots__ = ()

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> Any:
        return self._ask(self._number, "next", (), {})

    def __await__(self) -> Generator[Any, None, Any]:
        return self._ask(self._number, "await", (), {})
        yield  # makes this a generator, as __await__ must be


class ProxyTable:
    """The proxies of one program, by number."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._proxies: dict[int, Any] = {}
        self._classes: dict[tuple[str, tuple[str, ...]], type] = {}

    def get(self, tagged: dict[str, Any]) -> Any:
        """Return the proxy of a received reference, the same each time."""
        number = tagged["h"]
        if number not in self._proxies:
            self._proxies[number] = self._create(number, tagged)
        return self._proxies[number]

    def number_of(self, value: object) -> int | None:
        """Return the number of a proxy; ``None`` for anything of the program's own."""
        if isinstance(value, TestObjectProxy):
            number: int = value._number  # noqa: SLF001
            return number
        return (
            type.__getattribute__(value, "__dict__").get("_test_object_number")
            if isinstance(value, type)
            else None
        )

    def _create(self, number: int, tagged: dict[str, Any]) -> Any:
        kind, name = tagged["k"], tagged["n"]
        if kind == "function":
            return TestFunctionProxy(self._ask, number, name)
        if kind == "iterator":
            return TestIteratorProxy(self._ask, number)
        if kind == "exception":
            base = getattr(builtins, tagged["b"], Exception)
            return type(name, (base,), {"__module__": "tests", "_test_object_number": number})
        return self._proxy_class(name, tuple(tagged["o"]))(self._ask, number)

    def _proxy_class(self, name: str, methods: tuple[str, ...]) -> type:
        if (name, methods) not in self._classes:
            body = {method: _forwarding_method(method) for method in methods}
            self._classes[name, methods] = type(name, (TestObjectProxy,), {"__slots__": (), **body})
        return self._classes[name, methods]


def _forwarding_method(method: str) -> Callable[..., Any]:
    operation = "call" if method == "__call__" else method

    def ask(self: TestObjectProxy, /, *args: Any, **kwargs: Any) -> Any:
        return self._ask(self._number, operation, args, kwargs)

    return ask
