"""Replaces ``pytest`` for tests where it is not installed: ``raises``, ``approx``, and marks that do nothing.

Fixtures, parametrised runs and collection need a test runner. Here a mark leaves its function as it is.
"""

import math
import re
from collections.abc import Callable
from types import SimpleNamespace, TracebackType
from typing import Any, NoReturn

_REL, _ABS = 1e-6, 1e-12
"""Tolerances of ``approx``, as pytest has them: the larger of the two counts."""

_NUMBERS = (int, float, complex)


class _Caught:
    """What ``raises`` returns: the exception, once it was raised."""

    value: Any = None

    @property
    def type(self) -> type:
        """Its class."""
        return type(self.value)

    def match(self, pattern: str) -> bool:
        """Return ``True`` if its text matches; fail the test if not."""
        assert re.search(pattern, str(self.value)), f"{pattern!r} does not match {str(self.value)!r}"
        return True


class raises:  # noqa: N801  -- the name tests use
    """``with raises(Error, match=…)``, or ``raises(Error, function, *args)``."""

    _expected: Any
    _match: str | None
    _caught: _Caught

    def __new__(cls, expected: Any, *args: Any, match: str | None = None, **kwargs: Any) -> Any:  # noqa: D102
        self = super().__new__(cls)
        self._expected, self._match, self._caught = expected, match, _Caught()
        if not args:
            return self
        function, *rest = args
        with self as caught:
            function(*rest, **kwargs)
        return caught

    def __enter__(self) -> _Caught:
        return self._caught

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> bool:
        if kind is None:
            raise AssertionError(f"DID NOT RAISE {self._expected}")
        if not issubclass(kind, self._expected):
            return False
        self._caught.value = error
        if self._match is not None:
            self._caught.match(self._match)
        return True


class approx:  # noqa: N801  -- the name tests use
    """Equals numbers near its own, and lists, tuples and dictionaries of such; never a program's object."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, expected: Any, rel: float | None = None, abs: float | None = None) -> None:  # noqa: A002
        self._expected = expected
        self._rel, self._abs = rel, abs

    def __eq__(self, actual: object) -> bool:
        return self._is_near(self._expected, actual)

    def __repr__(self) -> str:
        return f"approx({self._expected!r})"

    def _is_near(self, expected: Any, actual: Any) -> bool:
        if isinstance(expected, dict):
            is_alike = isinstance(actual, dict) and expected.keys() == actual.keys()
            return is_alike and all(self._is_near(expected[key], actual[key]) for key in expected)
        if hasattr(expected, "tolist"):
            expected = expected.tolist()
        if type(actual).__module__ == "numpy":
            actual = actual.tolist()
        if isinstance(expected, (list, tuple)):
            is_alike = isinstance(actual, (list, tuple)) and len(expected) == len(actual)
            return is_alike and all(map(self._is_near, expected, actual))
        if not isinstance(expected, _NUMBERS) or not isinstance(actual, _NUMBERS):
            return bool(expected == actual)
        kind: Any = next(kind for kind in _NUMBERS if isinstance(actual, kind))
        # the builtin number: a subclass must not decide
        return self._is_close(expected, kind.__pos__(actual))

    def _is_close(self, expected: complex, actual: complex) -> bool:
        if expected == actual:
            return True
        relative = (_REL if self._rel is None else self._rel) * abs(expected)
        absolute = _ABS if self._abs is None else self._abs
        tolerance = absolute if self._rel is None and self._abs is not None else max(relative, absolute)
        return math.isfinite(tolerance) and abs(expected - actual) <= tolerance


class _Mark:
    """``mark.anything`` and ``mark.anything(…)``: the function as it is."""

    def __getattr__(self, _name: str) -> Callable[..., Any]:
        return _unmarked


def _unmarked(*args: Any, **_kwargs: Any) -> Any:
    if len(args) == 1 and callable(args[0]):
        return args[0]
    return lambda function: function


def fail(reason: str = "") -> NoReturn:
    """Fail the test."""
    raise AssertionError(reason)


mark = _Mark()
fixture = _unmarked


def param(*values: Any, marks: Any = (), id: str | None = None) -> SimpleNamespace:  # noqa: A002
    """Return one case of a table; its ``values`` are the arguments."""
    return SimpleNamespace(values=values, marks=marks, id=id)
