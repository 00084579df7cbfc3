"""Builds the globals that a test runs in: builtins, library names, and the program's names.

The program's plain values are fetched at each use, since the program may have changed them. Everything else is bound
once, as a proxy.
"""

import builtins
from collections.abc import Callable
from typing import Any

from .evaluation import GUARDS
from .proxies import object_number
from .special_names import TEST_MODULE

BUILTINS = {**vars(builtins), **GUARDS}


class Bindings:
    """The program's names that a suite uses, after one load."""

    def __init__(self, values: dict[str, Any], fetch: Callable[[str], Any]) -> None:
        """``fetch`` returns the value that a name has in the program now."""
        self._bound = {name: value for name, value in values.items() if _is_by_reference(value)}
        self._plain = values.keys() - self._bound.keys()
        self._fetch = fetch

    def namespace(self, library: dict[str, Any]) -> dict[str, Any]:
        """Return the globals of one test; ``library`` are the names bound to the checker's own objects."""
        names = {"__builtins__": BUILTINS, "__name__": TEST_MODULE, **library, **self._bound}
        return _Globals(names, self._plain, self._fetch) if self._plain else names


class _Globals(dict[str, Any]):
    """Globals that fetch the program's plain values at each use."""

    def __init__(self, names: dict[str, Any], plain: set[str], fetch: Callable[[str], Any]) -> None:
        super().__init__(names)
        self._plain = plain
        self._fetch = fetch

    def __missing__(self, name: str) -> Any:
        if name in self._plain:
            return self._fetch(name)
        raise KeyError(name)


def _is_by_reference(value: Any) -> bool:
    return isinstance(value, type) or object_number(value) is not None
