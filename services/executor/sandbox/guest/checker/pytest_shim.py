"""What tests mean by ``import pytest`` where it is not installed: ``raises``, ``approx``, and marks that do nothing.

Fixtures, parametrised runs and collection are a test runner's: here a mark leaves its function as it is.
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
    """What ``raises`` tells of the exception, once there is one."""

    value: Any = None

    @property
    def type(self) -> type:
        """Its class."""
        return type(self.value)

    def match(self, pattern: str) -> bool:
        """Whether its text matches; fails the test if not."""
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
    """Equal to numbers near its own, and to lists, tuples and dictionaries of such; never to a program's object."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, expected: Any, rel: float | None = None, abs: float | None = None) -> None:  # noqa: A002
        self._expected = expected
        self._rel, self._abs = rel, abs

    def __eq__(self, actual: object) -> bool:
        return self._near(self._expected, actual)

    def __repr__(self) -> str:
        return f"approx({self._expected!r})"

    def _near(self, want: Any, got: Any) -> bool:
        if isinstance(want, dict):
            same = isinstance(got, dict) and want.keys() == got.keys()
            return same and all(self._near(want[key], got[key]) for key in want)
        if hasattr(want, "tolist"):
            want = want.tolist()
        if type(got).__module__ == "numpy":
            got = got.tolist()
        if isinstance(want, (list, tuple)):
            same = isinstance(got, (list, tuple)) and len(want) == len(got)
            return same and all(map(self._near, want, got))
        if not isinstance(want, _NUMBERS) or not isinstance(got, _NUMBERS):
            return bool(want == got)
        kind: Any = next(kind for kind in _NUMBERS if isinstance(got, kind))
        return self._is_close(want, kind.__pos__(got))  # the number itself: a subclass has no say

    def _is_close(self, want: complex, got: complex) -> bool:
        if want == got:
            return True
        relative = (_REL if self._rel is None else self._rel) * abs(want)
        absolute = _ABS if self._abs is None else self._abs
        tolerance = absolute if self._rel is None and self._abs is not None else max(relative, absolute)
        return math.isfinite(tolerance) and abs(want - got) <= tolerance


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
param = SimpleNamespace
