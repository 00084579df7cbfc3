"""Builds the globals that a test runs in: builtins, library names, and the program's names.

The program's plain values are fetched at each use, since the program may have changed them. Everything else is bound
once, as a proxy.
"""

import builtins
from collections.abc import Callable, Collection
from functools import lru_cache
from typing import Any

from .evaluation import GUARDS
from .remote_object import object_number
from .special_names import TEST_MODULE

BUILTINS = {**vars(builtins), **GUARDS}


class Bindings:
    """The program's names that a suite uses, after one load."""

    def __init__(self, values: dict[str, Any], fetch: Callable[[str], Any]) -> None:
        """``fetch`` returns the value that a name has in the program now."""
        self._bound = {name: value for name, value in values.items() if is_by_reference(value)}
        self._plain = values.keys() - self._bound.keys()
        self._fetch = fetch

    def namespace(self, base: dict[str, Any]) -> dict[str, Any]:
        """Return the globals of one test, of which ``base`` are those that are not the program's (``base_globals``)."""
        names = {**self._bound, **base}
        return _Globals(names, self._plain, self._fetch) if self._plain else names


def base_globals(library: dict[str, Any], program: set[str], ambiguous: Collection[str]) -> dict[str, Any]:
    """Return the globals of a test that are not the program's: builtins, and the names of the library.

    ``program`` are the names that only the program can give the test: their builtins are left out. ``ambiguous`` names
    are the library's here.
    """
    visible = _builtins_without(frozenset(program & BUILTINS.keys()))
    names = {name: value for name, value in library.items() if name not in program}
    names |= {name: BUILTINS[name] for name in ambiguous if name in BUILTINS}
    return {"__builtins__": visible, "__name__": TEST_MODULE, **names}


@lru_cache(maxsize=8)
def _builtins_without(names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in BUILTINS.items() if name not in names} if names else BUILTINS


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


def is_by_reference(value: Any) -> bool:
    """Whether a value of the program's is a proxy or an exception class, rather than plain data."""
    return isinstance(value, type) or object_number(value) is not None
