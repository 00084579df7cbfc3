"""Lists the names that tests use without importing them, and finds the library's objects of such names. Pure."""

import builtins
import importlib
import sys
from types import ModuleType
from typing import Any

_USED_WITHOUT_IMPORT = {
    "math": "isclose sqrt pi e inf nan isnan isinf floor ceil trunc factorial gcd lcm comb perm prod log exp sin cos "
    "tan isfinite isqrt hypot fabs fsum log2 log10",
    "collections": "Counter OrderedDict defaultdict deque namedtuple",
    "itertools": "permutations combinations product chain islice groupby zip_longest",
    "functools": "reduce partial",
    "copy": "deepcopy",
    "decimal": "Decimal",
    "fractions": "Fraction",
    "datetime": "date datetime timedelta",
    "typing": "Any Callable Dict Iterable Iterator List Mapping Optional Sequence Set Tuple Union",
    "pytest": "approx raises",
    "unittest": "TestCase mock",
    "numpy": "allclose array_equal",
}
"""Module → the names that tests use without importing them, because programs usually do, or because the text of a test
file was cut off above them.
"""
_MODULE_ALIASES = {"np": "numpy", "pd": "pandas"}
_OTHER_MODULES = frozenset({"pytest", *_MODULE_ALIASES})
"""Modules beside the standard library's that tests use by these names."""
_MODULE_OF = {name: module for module, names in _USED_WITHOUT_IMPORT.items() for name in names.split()}
KNOWN_NAMES = frozenset({*_MODULE_OF, *_OTHER_MODULES})
"""All names of the library's that are neither builtins nor modules of the standard library."""
_RARELY_TESTED = frozenset(
    "isclose isnan isinf isfinite allclose array_equal pi e inf nan deepcopy Counter OrderedDict defaultdict deque "
    "namedtuple Decimal Fraction date datetime timedelta".split()
).union(*(_USED_WITHOUT_IMPORT[module].split() for module in ("typing", "pytest", "unittest")))
"""Constants, constructors and comparisons: a test that also uses another name uses them for that name's sake."""


def is_library_name(name: str) -> bool:
    """Whether the language or the library has the name."""
    return is_builtin(name) or name in KNOWN_NAMES or name in sys.stdlib_module_names


def is_builtin(name: str) -> bool:
    """Whether the language itself has the name."""
    return hasattr(builtins, name)


def is_module(name: str) -> bool:
    """Whether the name is the library's as the name of a module."""
    is_known = name in sys.stdlib_module_names or name in _OTHER_MODULES
    return is_known and name not in _MODULE_OF and not is_builtin(name)


def rarity(name: str) -> int:
    """Return how rarely a test with only names of the library's is about this one: 0 (often) to 2."""
    if is_builtin(name):
        return 1 + isinstance(getattr(builtins, name), type)
    return int(name in _RARELY_TESTED)


def library_object(name: str) -> Any:
    """Return the checker's own object of a library name; ``None`` if there is none in this environment."""
    if is_builtin(name):
        return getattr(builtins, name)
    try:
        if name not in _MODULE_OF:
            return importlib.import_module(_MODULE_ALIASES.get(name, name))
        module = importlib.import_module(_MODULE_OF[name])
        return getattr(module, name, None) or importlib.import_module(f"{_MODULE_OF[name]}.{name}")
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
