"""Makes ``asdict``, ``replace``, ``is_dataclass`` and the like of ``dataclasses`` work on the program's objects.

These functions look at an object's class, of which a test has only a proxy. So they run in the program, and the result
crosses like any answer. For the checker only, and only where a suite names the module.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

from .proxies import Proxy

_NAMES = ("asdict", "astuple", "replace", "fields", "is_dataclass")


def install() -> None:
    """Replace the functions in this process."""
    for name in _NAMES:
        setattr(dataclasses, name, _forwarding(name, getattr(dataclasses, name)))


def _forwarding(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def forward(value: Any, /, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(value, Proxy):
            return function(value, *args, **kwargs)
        return value._acecoder_caller.perform(name, value, *args, **kwargs)  # noqa: SLF001

    forward.__name__ = forward.__qualname__ = name
    forward.__module__ = "dataclasses"
    return forward
