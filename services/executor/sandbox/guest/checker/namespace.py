"""The globals a test runs in: builtins, the library it means, and the program's names.

Plain values of the program's are fetched anew at each use, since it may have changed them; everything else is bound
once, as a stand-in.
"""

import builtins
import sys
from collections.abc import Callable
from typing import Any

from .proxies import number_of

TEST_MODULE = "tests"
"""``__name__`` of the namespace tests run in: classes they define carry it."""
_BUILTINS = dict(vars(builtins))


class Bindings:
    """The program's names that a suite uses, after one load."""

    def __init__(self, found: dict[str, Any], fetch: Callable[[str], Any]) -> None:
        """``fetch`` asks the program for the value a name has now."""
        self._bound = {name: value for name, value in found.items() if _by_reference(value)}
        self._plain = found.keys() - self._bound.keys()
        self._fetch = fetch

    def namespace(self, known: dict[str, Any]) -> dict[str, Any]:
        """Return the globals of one test; ``known`` is what the suite means from the library."""
        names = {"__builtins__": _BUILTINS, "__name__": TEST_MODULE, **known, **self._bound}
        return _Globals(names, self._plain, self._fetch) if self._plain else names


class _Globals(dict[str, Any]):
    """Globals that fetch plain values."""

    def __init__(self, names: dict[str, Any], plain: set[str], fetch: Callable[[str], Any]) -> None:
        super().__init__(names)
        self._plain = plain
        self._fetch = fetch

    def __missing__(self, name: str) -> Any:
        if name in self._plain:
            return self._fetch(name)
        raise KeyError(name)


def _by_reference(value: Any) -> bool:
    return isinstance(value, type) or number_of(value) is not None


def test_mentions(name: str) -> bool:
    """Whether the running test's own code mentions a name, such as an exception it expects."""
    frame = sys._getframe()  # noqa: SLF001
    while frame is not None:
        if frame.f_globals.get("__name__") == TEST_MODULE and name in frame.f_code.co_names:
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False
