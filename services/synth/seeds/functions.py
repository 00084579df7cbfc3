"""Takes the public top-level functions out of a module's text, each with the imports and constants it needs. Pure.

A function that reads a name of its module gets the statement that binds it: an import, an assignment, or another
function, and what that needs in turn. The text of each stays as it is in the module.
"""

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass

from clients.completions.parsing import parse_quietly
from services.synth.seeds.rejections import SeedReject

_FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef
_BUILTINS = frozenset(dir(builtins)) | {"__name__", "__file__", "__doc__"}
_PLAIN: tuple[type, ...] = (
    bool,
    bytes,
    complex,
    dict,
    float,
    frozenset,
    int,
    list,
    set,
    str,
    tuple,
    range,
    type(iter([])),
)
_PLAIN_ATTRIBUTES = frozenset(name for kind in _PLAIN for name in dir(kind)) | {"send", "next"}
"""Attributes of values that a test can write as literals."""
_HARMLESS = frozenset({"staticmethod", "wraps", "lru_cache", "cache", "total_ordering", "singledispatch"})
"""Decorators that leave a function's result as it is."""
_CHANGING = frozenset(
    "append extend insert add update setdefault pop popitem remove discard clear sort reverse".split()
)
"""Methods that change a list, a dict or a set."""


@dataclass(frozen=True, slots=True)
class ModuleFunction:
    """One public function of a module."""

    name: str
    program: str
    """Its text after that of the statements that it needs; empty with a fault."""
    fault: tuple[SeedReject, str] | None = None
    """Why it cannot be a seed."""


class _NotAloneError(Exception):
    """The function needs a part of its package that cannot be taken with it."""


def functions_of(text: str, module: str) -> Iterator[ModuleFunction]:
    """Yield the public top-level functions of a module, in the order of the text; of a text that is no Python, none."""
    try:
        tree = parse_quietly(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    bindings = _bindings(tree, module.partition(".")[0])
    lines = text.splitlines()
    for node in tree.body:
        if isinstance(node, _FUNCTIONS) and not node.name.startswith("_"):
            yield _function(node, bindings, lines)


def _function(
    node: ast.FunctionDef | ast.AsyncFunctionDef, bindings: "_Bindings", lines: list[str]
) -> ModuleFunction:
    if fault := _fault_of(node):
        return ModuleFunction(node.name, "", fault)
    try:
        needed = _needed(node, bindings)
    except _NotAloneError as error:
        return ModuleFunction(node.name, "", (SeedReject.NOT_ALONE, str(error)))
    return ModuleFunction(node.name, _text_of([*needed, node], lines))


def _fault_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[SeedReject, str] | None:
    arguments = node.args
    takes_nothing = not (arguments.posonlyargs or arguments.args or arguments.kwonlyargs or arguments.vararg)
    own = list(_own_nodes(node))
    returns = any(isinstance(part, ast.Return) and not _is_none(part.value) for part in own)
    yields = any(isinstance(part, ast.Yield | ast.YieldFrom) for part in own)
    if not ast.get_docstring(node):
        return SeedReject.NO_DOCSTRING, "it has no docstring"
    if isinstance(node, ast.AsyncFunctionDef):
        return SeedReject.NEEDS_OUTSIDE, "it is async"
    if takes_nothing:
        return SeedReject.NO_RESULT, "it takes no argument"
    if not (returns or yields):
        return SeedReject.NO_RESULT, "it returns nothing"
    if attribute := _object_attribute(node):
        return SeedReject.NEEDS_OBJECT, f"it reads {attribute!r}"
    for decorator in node.decorator_list:
        if _last_name(decorator) not in _HARMLESS:
            return SeedReject.NOT_ALONE, f"it is decorated with {ast.unparse(decorator)[:80]!r}"
    return None


def _object_attribute(node: ast.FunctionDef) -> str:
    """Return an attribute that a function reads of a parameter and that no literal has, as it is written."""
    arguments = node.args
    names = {argument.arg for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name):
            is_object = part.value.id in names and part.attr not in _PLAIN_ATTRIBUTES
            if is_object:
                return f"{part.value.id}.{part.attr}"
    return ""


@dataclass(frozen=True, slots=True)
class _Bindings:
    """The names of a module's top level."""

    statements: dict[str, list[ast.stmt]]
    """Name → the statements that bind it."""
    order: dict[int, int]
    """Identity of a statement → its position."""
    package: str


def _bindings(tree: ast.Module, package: str) -> _Bindings:
    statements: dict[str, list[ast.stmt]] = {}
    for node in tree.body:
        for name in _bound_names(node):
            statements.setdefault(name, []).append(node)
    return _Bindings(statements, {id(node): at for at, node in enumerate(tree.body)}, package)


def _bound_names(node: ast.stmt) -> set[str]:
    if isinstance(node, _FUNCTIONS | ast.ClassDef):
        return {node.name}
    names: set[str] = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name.partition(".")[0] for alias in part.names}
        elif isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            names.add(part.id)
        elif isinstance(changed := _changed(part), ast.Name):
            names.add(changed.id)
    return names


def _changed(node: ast.AST) -> ast.expr | None:
    """Return the expression whose value a part of a statement changes in place: ``x`` of ``x[1] = 2``, ``x.pop()``."""
    if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
        return node.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGING:
        return node.func.value
    return None


def _needed(node: ast.stmt, bindings: _Bindings) -> list[ast.stmt]:
    """Return the statements that a function needs, in the order of the module.

    Raises:
        _NotAloneError: one of them is no import, assignment or function, or imports from its own package.
    """
    needed: dict[int, ast.stmt] = {}
    pending = [node]
    while pending:
        for name in sorted(_read_names(pending.pop())):
            for statement in bindings.statements.get(name, ()):
                if statement is node or id(statement) in needed:
                    continue
                _check_taken(statement, name, bindings.package)
                needed[id(statement)] = statement
                if not isinstance(statement, ast.Import | ast.ImportFrom):
                    pending.append(statement)
    return sorted(needed.values(), key=lambda statement: bindings.order[id(statement)])


def _check_taken(statement: ast.stmt, name: str, package: str) -> None:
    if isinstance(statement, ast.ImportFrom) and (
        statement.level or (statement.module or "").startswith(package)
    ):
        raise _NotAloneError(f"it needs {name!r} of its own package")
    if isinstance(statement, ast.Import) and any(
        alias.name.partition(".")[0] == package for alias in statement.names
    ):
        raise _NotAloneError(f"it needs {name!r} of its own package")
    if isinstance(statement, ast.ClassDef):
        raise _NotAloneError(f"it needs the class {name!r}")
    if not isinstance(statement, _FUNCTIONS | ast.Import | ast.ImportFrom | ast.Assign | ast.AnnAssign):
        raise _NotAloneError(
            f"it needs {name!r}, which a statement {type(statement).__name__.lower()!r} binds or changes"
        )


def _read_names(node: ast.stmt) -> set[str]:
    """Return the names that a statement reads and does not bind itself, but for those of the language."""
    bound = {part.arg for part in ast.walk(node) if isinstance(part, ast.arg)}
    bound |= {
        part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
    }
    read = {
        part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)
    }
    return read - bound - _BUILTINS


def _text_of(statements: list[ast.stmt], lines: list[str]) -> str:
    """Return the text of statements; between two of them a blank line, but not between imports or assignments."""
    pieces: list[str] = []
    for at, node in enumerate(statements):
        decorators = node.decorator_list if isinstance(node, _FUNCTIONS) else []
        first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
        piece = "\n".join(lines[first - 1 : node.end_lineno])
        is_block = isinstance(node, _FUNCTIONS) or (at > 0 and isinstance(statements[at - 1], _FUNCTIONS))
        pieces.append(f"\n\n{piece}" if at and is_block else piece)
    return "\n".join(pieces) + "\n"


def _own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a function without those of functions inside it."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, _FUNCTIONS | ast.Lambda | ast.ClassDef):
            yield from _own_nodes(child)


def _is_none(node: ast.expr | None) -> bool:
    return node is None or (isinstance(node, ast.Constant) and node.value is None)


def _last_name(node: ast.expr) -> str:
    node = node.func if isinstance(node, ast.Call) else node
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
