"""Decides which names in a suite's tests are the program's, and which are the library's. Pure."""

import ast
import builtins
import importlib
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

_USED_WITHOUT_IMPORT = {
    "math": "isclose sqrt pi e inf nan isnan isinf floor ceil trunc factorial gcd lcm comb perm prod log exp sin cos",
    "collections": "Counter OrderedDict defaultdict deque namedtuple",
    "itertools": "permutations combinations product chain",
    "functools": "reduce partial",
    "copy": "deepcopy",
    "decimal": "Decimal",
    "fractions": "Fraction",
    "datetime": "date datetime timedelta",
    "typing": "Any Callable Dict Iterable Iterator List Mapping Optional Sequence Set Tuple Union",
}
"""Module → the names that tests use without importing them, because programs usually do."""
_MODULE_ALIASES = {"np": "numpy", "pd": "pandas"}
_MODULE_OF = {name: module for module, names in _USED_WITHOUT_IMPORT.items() for name in names.split()}


def free_names(tree: ast.Module, setup: ast.Module) -> set[str]:
    """Return the names that a test and its setup use and do not bind."""
    nodes = [*ast.walk(tree), *ast.walk(setup)]
    used = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    return used - {name for node in nodes for name in _bound_names(node)}


def called_names(tree: ast.Module) -> set[str]:
    """Return the names that a test calls."""
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {function.id for function in calls if isinstance(function, ast.Name)}


def names_in(tree: ast.Module) -> set[str]:
    """Return all names in a tree."""
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _bound_names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from ((alias.asname or alias.name).partition(".")[0] for alias in node.names)
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, ast.ExceptHandler) and node.name:
        yield node.name


def split_names(
    free: list[set[str]], called: set[str], entry_point: str | None
) -> tuple[set[str], dict[str, Any]]:
    """Split the free names of all tests into the program's names and the library's objects.

    A program must not replace what a test takes from the language (``abs``, ``isclose``): it would decide the test.
    Names of builtins, of standard modules and of ``_USED_WITHOUT_IMPORT`` are therefore the library's. The exception is
    a test that uses no other name: then the name that the suite uses most (a builtin last) is under test, as ``gcd``
    may be. A declared ``entry_point`` is always the program's, and then nothing is guessed.
    ``called`` are the names that tests call: such a name cannot be a module's, since modules cannot be called.
    """
    uses = Counter(name for names in free for name in names)
    program = {entry_point} if entry_point else set()
    for names in free:
        others = {
            name for name in names if not _is_library_name(name) or (name in called and _is_module(name))
        }
        subjects = {name for name in names if name not in sys.stdlib_module_names or name in _MODULE_OF}
        if others or entry_point or not subjects:
            program |= others
        else:
            program.add(max(subjects, key=lambda name: (not hasattr(builtins, name), uses[name], name)))
    library = {
        name: _library_object(name) for name in uses if name not in program and not hasattr(builtins, name)
    }
    return program, {name: value for name, value in library.items() if value is not None}


def _is_module(name: str) -> bool:
    return name in sys.stdlib_module_names and name not in _MODULE_OF and not hasattr(builtins, name)


def _is_library_name(name: str) -> bool:
    return (
        name in _MODULE_OF
        or hasattr(builtins, name)
        or name in sys.stdlib_module_names
        or name in _MODULE_ALIASES
    )


def _library_object(name: str) -> Any:
    """Return the checker's own module or function of a library name; ``None`` if there is none."""
    try:
        if name in _MODULE_OF:
            return getattr(importlib.import_module(_MODULE_OF[name]), name)
        return importlib.import_module(_MODULE_ALIASES.get(name, name))
    except ImportError:
        return None
