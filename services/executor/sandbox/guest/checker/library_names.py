"""Tells which names are the language's and the library's, and finds the library's objects of such names."""

import builtins
import importlib
import sys
from types import ModuleType
from typing import Any

from ..wire.known_names import KNOWN_NAMES, MODULE_ALIASES, MODULE_OF, OFTEN_HELPERS, OTHER_MODULES


def is_library_name(name: str) -> bool:
    """Whether the language or the library has the name."""
    return is_builtin(name) or name in KNOWN_NAMES or name in sys.stdlib_module_names


def is_builtin(name: str) -> bool:
    """Whether the language itself has the name."""
    return hasattr(builtins, name)


def is_module(name: str) -> bool:
    """Whether the name is the library's as the name of a module."""
    is_known = name in sys.stdlib_module_names or name in OTHER_MODULES
    return is_known and name not in MODULE_OF and not is_builtin(name)


def rarity(name: str) -> int:
    """Return how rarely a test with only names of the library's is about this one: 0 (often) to 2."""
    if is_builtin(name):
        return 1 + isinstance(getattr(builtins, name), type)
    return int(name in OFTEN_HELPERS)


def library_object(name: str) -> Any:
    """Return the checker's own object of a library name; ``None`` if there is none in this environment."""
    if is_builtin(name):
        return getattr(builtins, name)
    try:
        if name not in MODULE_OF:
            return importlib.import_module(MODULE_ALIASES.get(name, name))
        module = importlib.import_module(MODULE_OF[name])
        return getattr(module, name, None) or importlib.import_module(f"{MODULE_OF[name]}.{name}")
    except ImportError:
        return None


def star_names(module: str) -> list[str]:
    """Return the names that ``from module import *`` binds."""
    try:
        imported = importlib.import_module(module)
    except Exception:  # noqa: BLE001  -- the test that contains it raises the same
        return []
    return list(getattr(imported, "__all__", None) or (name for name in vars(imported) if name[0] != "_"))


def has_attribute(value: Any, name: str) -> bool:
    """Whether an object of the library's has an attribute; a module of a package counts, and is imported."""
    if hasattr(value, name):
        return True
    if not isinstance(value, ModuleType):
        return False
    try:
        importlib.import_module(f"{value.__name__}.{name}")
    except Exception:  # noqa: BLE001  -- a module that fails while it is imported is not usable either
        return False
    return hasattr(value, name)
