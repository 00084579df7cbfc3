"""What a suite's text says before any program runs (pure): its tests compiled, the program's names it uses,
and the calls that can be asked for ahead.

A call can be asked for ahead when a test makes exactly one call to a program's name, unconditionally and with
constant arguments: then a whole suite costs one exchange of messages instead of one per test. The test itself
runs unchanged; its stand-in merely has the answer already.
"""

import ast
import builtins
import importlib
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

from ..wire import codec
from ..wire.encoder import encode

_MEANT = {
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
"""Library names that tests use without importing them, counting on the program's imports."""
_ALIASES = {"np": "numpy", "pd": "pandas"}
_LIBRARY = {name: module for module, names in _MEANT.items() for name in names.split()}


@dataclass(frozen=True, slots=True)
class Call:
    """One call to ask for ahead."""

    name: str
    args: list[Any]
    kwargs: dict[str, Any]

    def line(self) -> list[Any]:
        """Return the wire form."""
        return [self.name, self.args, self.kwargs]


@dataclass(frozen=True, slots=True)
class Test:
    """One compiled test, or the reason it does not compile."""

    __test__ = False

    code: CodeType | None
    error: str = ""
    ahead: Call | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A suite, ready to run against any program."""

    tests: list[Test]
    setup: list[CodeType]
    names: list[str]
    """The program's names the suite uses."""
    known: dict[str, Any] = field(default_factory=dict)
    """Names the suite means from the standard library, bound to the checker's own."""
    setup_is_own: bool = False
    """Whether the setup names nothing of the program's: if it raises, no program is to blame."""


class _NoRefs:
    aliases: dict[int, int] | None = None

    def alias(self, value: Any, depth: int) -> Any:  # noqa: ARG002
        raise codec.WireError("not constant")

    export = resolve = alias


def make(tests: list[str], setup: str, entry_point: str | None, check: str = "") -> Plan:
    """Compile a suite. A test that does not compile is kept, with the reason; setup that does not spoils all.

    ``check`` is what defines the function of that name; it runs behind the setup and counts as part of it.
    """
    trees = [_parse(text) for text in tests]
    parts = [_parse(text) for text in (setup, check) if text]
    codes = [_compiled(part, "<setup>") for part in parts]
    for code in codes:
        if isinstance(code, str):
            return Plan([Test(None, f"setup: {code}") for _ in tests], [], [])
    before = ast.Module([node for part in parts if isinstance(part, ast.Module) for node in part.body], [])
    free = [_free(tree, before) if isinstance(tree, ast.Module) else set() for tree in trees]
    names, known = _whose(free, set().union(*map(_called, trees)), entry_point)
    own = not any(isinstance(node, ast.Name) and node.id in names for node in ast.walk(before))
    ready = [_test(tree, names, ahead=own) for tree in trees]
    return Plan(ready, [code for code in codes if not isinstance(code, str)], sorted(names), known, own)


def _parse(text: str) -> ast.Module | str:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return f"{type(error).__name__}: {error}"[:300]


def _test(tree: ast.Module | str, names: set[str], *, ahead: bool) -> Test:
    code = _compiled(tree, "<test>")
    if isinstance(code, str) or isinstance(tree, str):
        return Test(None, str(code))
    return Test(code, "", _ahead(tree, names) if ahead else None)


def _compiled(tree: ast.Module | str, name: str) -> CodeType | str:
    """Return the code, or why there is none."""
    if isinstance(tree, str):
        return tree
    try:
        return compile(tree, name, "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return f"{type(error).__name__}: {error}"[:300]


def _free(tree: ast.Module, setup: ast.Module) -> set[str]:
    """Return the names a test and its setup use and do not bind."""
    nodes = [*ast.walk(tree), *ast.walk(setup)]
    used = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    return used - {name for node in nodes for name in _bound(node)}


def _bound(node: ast.AST) -> Iterator[str]:
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


def _whose(
    free: list[set[str]], called: set[str], entry_point: str | None
) -> tuple[set[str], dict[str, Any]]:
    """Split the tests' free names into the program's and those bound to the checker's own library.

    A program must not stand in for what a test takes from the language (``abs``, ``isclose``): it would decide.
    Names of builtins, of standard modules and of ``_MEANT`` are the checker's own, except where a test uses no other
    name: then the one most used across the suite (a builtin last) is what is under test, as ``gcd`` may be. A
    declared ``entry_point`` is always the program's, and then nothing is guessed.
    ``called`` are the names that tests call: one of a module's is no module's, for modules cannot be called.
    """
    uses = Counter(name for names in free for name in names)
    names = {entry_point} if entry_point else set()
    for used in free:
        others = {name for name in used if not _is_known(name) or (name in called and _is_module(name))}
        subjects = {name for name in used if name not in sys.stdlib_module_names or name in _LIBRARY}
        if others or entry_point or not subjects:
            names |= others
        else:
            names.add(max(subjects, key=lambda name: (not hasattr(builtins, name), uses[name], name)))
    known = {name: _library(name) for name in uses if name not in names and not hasattr(builtins, name)}
    return names, {name: value for name, value in known.items() if value is not None}


def _called(tree: ast.Module | str) -> set[str]:
    """Return the names a test calls."""
    nodes = ast.walk(tree) if isinstance(tree, ast.Module) else ()
    return {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}


def _is_module(name: str) -> bool:
    return name in sys.stdlib_module_names and name not in _LIBRARY and not hasattr(builtins, name)


def _is_known(name: str) -> bool:
    return name in _LIBRARY or hasattr(builtins, name) or name in sys.stdlib_module_names or name in _ALIASES


def _library(name: str) -> Any:
    """Return the checker's own module or function of a library name; ``None`` if it has none."""
    try:
        if name in _LIBRARY:
            return getattr(importlib.import_module(_LIBRARY[name]), name)
        return importlib.import_module(_ALIASES.get(name, name))
    except ImportError:
        return None


def _ahead(tree: ast.Module, names: set[str]) -> Call | None:
    """Return the one constant, unconditional call of a test, if that is what it makes."""
    if len(tree.body) != 1 or not isinstance(tree.body[0], ast.Assert):
        return None
    uses = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id in names]
    if len(uses) != 1:
        return None
    for node in _unconditional(tree.body[0].test):
        if isinstance(node, ast.Call) and node.func is uses[0]:
            return _constant_call(node, uses[0].id)
    return None


def _unconditional(node: ast.expr) -> Iterator[ast.expr]:
    """Yield the expressions that are evaluated once whenever ``node`` is."""
    yield node
    children: list[ast.expr] = []
    if isinstance(node, ast.Compare):
        children = [node.left, node.comparators[0]]
    elif isinstance(node, ast.BoolOp):
        children = [node.values[0]]
    elif isinstance(node, ast.UnaryOp):
        children = [node.operand]
    elif isinstance(node, ast.BinOp):
        children = [node.left, node.right]
    elif isinstance(node, ast.Call):
        children = [node.func, *node.args, *(keyword.value for keyword in node.keywords)]
    elif isinstance(node, (ast.Attribute, ast.Subscript)):
        children = [node.value]
    elif isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        children = list(node.elts)
    for child in children:
        yield from _unconditional(child)


def _constant_call(node: ast.Call, name: str) -> Call | None:
    if any(isinstance(arg, ast.Starred) for arg in node.args) or any(k.arg is None for k in node.keywords):
        return None
    try:
        args = [encode(ast.literal_eval(arg), _NoRefs()) for arg in node.args]
        kwargs = {str(k.arg): encode(ast.literal_eval(k.value), _NoRefs()) for k in node.keywords}
    except (ValueError, TypeError, MemoryError, RecursionError, SyntaxError, codec.WireError):
        return None
    return Call(name, args, kwargs)
