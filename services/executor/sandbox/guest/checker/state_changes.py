"""Decides whether the code of a suite may change the state of the checker's process, by the names that it uses. Pure.

``process_state`` restores that state after each failed test and each load, which takes about 40 µs. Most suites compare
what the program returns and cannot change the state: then nothing is restored. Of the names of the language and its
library, those in the lists below are harmless, and all others may change the state. A harmless name that is missing
from the lists costs time, and never a verdict.
"""

import ast
import builtins
import sys
from collections.abc import Iterable

from ..wire.known_names import KNOWN_NAMES, USED_WITHOUT_IMPORT

HARMLESS_MODULES = frozenset(
    "math cmath itertools functools collections copy heapq bisect fractions string re random statistics datetime "
    "hashlib".split()
)
"""Modules whose functions change nothing that is restored."""
_HARMLESS_BUILTINS = frozenset(
    "Ellipsis NotImplemented abs all any ascii bin bool bytearray bytes callable chr classmethod complex dict dir "
    "divmod enumerate filter float format frozenset hasattr hash hex id int isinstance issubclass iter len list map "
    "max memoryview min next object oct ord pow print property range repr reversed round set slice sorted staticmethod "
    "str sum super tuple type zip".split()
).union(
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException)
)
"""Builtins that change nothing. Functions that read or set an attribute by its name in a string (``getattr``), or run a
string as code (``eval``), are not among them."""
_HARMLESS_LIBRARY_NAMES = frozenset(
    name for module in (*HARMLESS_MODULES, "typing") for name in USED_WITHOUT_IMPORT.get(module, "").split()
) | {"Decimal"}
"""Harmless names of the library that tests use without an import."""
_MAY_CHANGE = ((sys.stdlib_module_names | KNOWN_NAMES | vars(builtins).keys()) - HARMLESS_MODULES) - (
    _HARMLESS_BUILTINS | _HARMLESS_LIBRARY_NAMES
)
"""All other names of the language and the library. A name that is not here is the suite's own, or the program's."""
_DANGEROUS_MEMBERS = (sys.stdlib_module_names - HARMLESS_MODULES) | frozenset(
    "attrgetter methodcaller getcontext setcontext localcontext gi_frame cr_frame ag_frame".split()
)
"""Attributes that lead to other modules, or to functions by their names."""


def may_change_state(nodes: Iterable[ast.AST]) -> bool:
    """Whether code with these nodes may change what ``process_state`` restores."""
    return any(_may_change(node) for node in nodes)


def _may_change(node: ast.AST) -> bool:
    kind = type(node)
    if kind is ast.Name:
        name: str = node.id  # type: ignore[attr-defined]
        return name in _MAY_CHANGE or name.startswith("__")
    if kind is ast.Attribute:
        return _is_dangerous_member(node.attr)  # type: ignore[attr-defined]
    if kind is ast.Import:
        names: list[ast.alias] = node.names  # type: ignore[attr-defined]
        return any(alias.name not in HARMLESS_MODULES for alias in names)
    if isinstance(node, ast.ImportFrom):
        return not _is_harmless_import(node)
    return kind is ast.MatchClass  # its keywords read attributes


def _is_dangerous_member(name: str) -> bool:
    return name.startswith("_") or name in _DANGEROUS_MEMBERS


def _is_harmless_import(node: ast.ImportFrom) -> bool:
    names = [alias.name for alias in node.names]
    if node.module == "typing":
        return _HARMLESS_LIBRARY_NAMES.issuperset(names)
    return node.module in HARMLESS_MODULES and not any(map(_is_dangerous_member, names))
