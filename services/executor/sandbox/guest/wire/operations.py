"""Defines the operations that one side may ask for on an object of the other side: a closed table, by name."""

import copy
import dataclasses
import math
import operator
from array import array
from collections import ChainMap
from collections.abc import Callable, Iterable
from types import MappingProxyType, SimpleNamespace
from typing import Any

from . import coroutines
from .codec import PANDAS


def _call(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    return function(*args, **kwargs)


def refill(original: Any, content: Any) -> None:
    """Replace the content of a container by that of another; it stays the same object."""
    if isinstance(original, (list, bytearray, array)):
        original[:] = content
        return
    if type(original).__module__ == "numpy":
        original[...] = content
        return
    if type(original).__module__ in PANDAS:
        original._update_inplace(content)  # noqa: SLF001  -- what ``inplace=True`` calls
        return
    if isinstance(original, SimpleNamespace):
        original, content = vars(original), vars(content)
    original.clear()
    if isinstance(original, (dict, set)):
        original.update(content)
    else:
        original.extend(content)


def parts_of(container: Any) -> Iterable[Any]:
    """Return the items of a container, or the values of a dictionary; nothing of an array."""
    if isinstance(container, SimpleNamespace):
        container = vars(container)
    if isinstance(container, dict):
        return container.values()
    is_array = isinstance(container, (bytearray, array)) or type(container).__module__ == "numpy"
    return () if is_array else container


PLAIN_BASES = (list, dict, set)
"""Builtin containers of whose subclasses a test may hold an object by reference."""


_WRAPPERS = frozenset({"UserDict", "UserList", "UserString", "ChainMap"})
"""Classes of ``collections`` that hold a builtin value in ``data``, or several dictionaries."""


def is_wrapper(cls: type) -> bool:
    """Whether a class is or derives from one of ``_WRAPPERS``, or is that of a read-only view of a dictionary."""
    return cls is MappingProxyType or (
        len(cls.__mro__) > 4  # theirs have a dozen bases
        and any(base.__module__ == "collections" and base.__name__ in _WRAPPERS for base in cls.__mro__)
    )


def plain(container: Any) -> Any:
    """Return the builtin value of an object of a container's subclass, whatever the subclass overrides; or of one
    that wraps such a value.
    """
    if isinstance(container, (ChainMap, MappingProxyType)):
        return dict(container)
    if is_wrapper(type(container)):
        return container.data
    if isinstance(container, list):
        return list(list.__iter__(container))
    if isinstance(container, dict):
        return dict(dict.items(container))
    return set(set.__iter__(container))


BINARY = "add sub mul truediv floordiv mod divmod pow matmul lshift rshift and_ or_ xor".split()
"""Operators with a left and a right operand."""
IN_PLACE = [f"i{name.rstrip('_')}" for name in BINARY if name != "divmod"]
"""In-place forms of ``BINARY``; ``divmod`` has none."""
UNARY = "neg pos abs invert index".split()
"""Operators with one operand."""
COMPARISONS = "eq ne lt le gt ge".split()
"""Comparisons. A pass that depends on one between objects of the program is marked ``rests_on_program``."""

OPERATIONS: dict[str, Callable[..., Any]] = {
    "call": _call,
    "getattr": getattr,
    "setattr": setattr,
    "delattr": delattr,
    "getitem": operator.getitem,
    "setitem": operator.setitem,
    "delitem": operator.delitem,
    "len": len,
    "iter": iter,
    "reversed": reversed,
    "next": next,
    "contains": operator.contains,
    "bool": bool,
    "int": int,
    "float": float,
    "complex": complex,
    "bytes": bytes,
    "round": round,
    "floor": math.floor,
    "ceil": math.ceil,
    "trunc": math.trunc,
    "str": str,
    "repr": repr,
    "format": format,
    "hash": hash,
    "dir": dir,
    "isinstance": isinstance,
    "issubclass": issubclass,
    "enter": lambda manager: type(manager).__enter__(manager),
    "exit": lambda manager, *error: type(manager).__exit__(manager, *error),
    "aenter": lambda manager: coroutines.run(type(manager).__aenter__(manager)),
    "aexit": lambda manager, *error: coroutines.run(type(manager).__aexit__(manager, *error)),
    "await": coroutines.run,
    "start": coroutines.start,
    "wait": coroutines.wait,
    "cancel": coroutines.cancel,
    "result": coroutines.result,
    "anext_result": coroutines.result,
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "refill": refill,
    "plain": plain,
    "asdict": dataclasses.asdict,
    "astuple": dataclasses.astuple,
    "replace": dataclasses.replace,
    "fields": dataclasses.fields,
    "is_dataclass": dataclasses.is_dataclass,
    "aiter": aiter,
    "anext": lambda iterator: coroutines.run(anext(iterator)),
    "divmod": divmod,
    "pow": pow,
    **{
        name: getattr(operator, name)
        for name in (*BINARY, *IN_PLACE, *UNARY, *COMPARISONS)
        if name not in ("divmod", "pow")
    },
}
