"""Finds the names that a syntax tree uses and binds as globals, by Python's rules of scope. Pure.

A parameter ``f`` of a test's helper hides the program's ``f`` in that helper only. A method ``save`` of a test's class
hides nothing outside of the class body.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from .library_names import star_names

BINDING = (ast.Import, ast.ImportFrom, ast.ExceptHandler, ast.MatchAs, ast.MatchStar, ast.MatchMapping)
"""Nodes without a scope of their own that bind names, beside the names that are assigned to."""
Names = set[str]
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_TYPE_PARAMETERS = frozenset({"TypeVar", "ParamSpec", "TypeVarTuple"})
"""Kinds of nodes since Python 3.12."""
_NESTED = frozenset({*_COMPREHENSIONS, *_FUNCTIONS, ast.ClassDef})


@dataclass(slots=True)
class _Scope:
    """The module, a function, a class body or a comprehension."""

    parent: "_Scope | None" = None
    is_class: bool = False
    is_comprehension: bool = False
    loads: Names = field(default_factory=set)
    """Names that it loads, and those that inner scopes load and do not bind."""
    class_loads: Names = field(default_factory=set)
    """For a class: the names that its own body loads. Inner scopes do not see the names that the class binds."""
    bound: Names = field(default_factory=set)
    declared: Names = field(default_factory=set)
    """Names of ``global`` and ``nonlocal``."""
    globals_bound: Names = field(default_factory=set)
    """Names that it, or an inner scope, binds by ``global``."""

    def load(self, name: str) -> None:
        (self.class_loads if self.is_class else self.loads).add(name)

    def bind_by_walrus(self, name: str) -> None:
        scope = self
        while scope.is_comprehension and scope.parent is not None:
            scope = scope.parent
        scope.bound.add(name)

    def close(self) -> None:
        """Pass to the parent what this scope leaves to it."""
        assert self.parent is not None
        own = self.bound - self.declared
        self.parent.loads |= self.loads | (self.class_loads - own) if self.is_class else self.loads - own
        self.parent.globals_bound |= self.globals_bound


def has_scopes(nodes: list[ast.AST]) -> bool:
    """Whether one of these nodes has a scope of its own."""
    return not _NESTED.isdisjoint(map(type, nodes))


def global_names(tree: ast.Module) -> tuple[Names, Names]:
    """Return the names that a tree loads as globals, and those that it binds as globals."""
    module = _Scope()
    scopes = [module]
    waiting: list[tuple[ast.AST, _Scope]] = [(node, module) for node in tree.body]
    while waiting:
        node, scope = waiting.pop()
        _note_names(node, scope)
        if type(node) in _NESTED:
            inner = _Scope(
                scope,
                is_class=isinstance(node, ast.ClassDef),
                is_comprehension=isinstance(node, _COMPREHENSIONS),
            )
            scopes.append(inner)
            outside = _parts_outside(node)
            waiting += [(part, scope) for part in outside]
            kept = {id(part) for part in outside}
            waiting += [(part, inner) for part in _parts_inside(node) if id(part) not in kept]
        else:
            waiting += [(child, scope) for child in ast.iter_child_nodes(node)]
    for scope in reversed(scopes[1:]):  # inner scopes were found after those around them
        scope.close()
    return module.loads, module.bound | module.globals_bound


def _note_names(node: ast.AST, scope: _Scope) -> None:
    """Note what a node itself loads and binds."""
    if isinstance(node, ast.Name):
        if isinstance(node.ctx, ast.Load):
            scope.load(node.id)
        else:
            scope.bound.add(node.id)
    elif isinstance(node, ast.NamedExpr):
        scope.bind_by_walrus(node.target.id)
    elif isinstance(node, ast.Global):
        scope.declared.update(node.names)
        scope.globals_bound.update(node.names)
    elif isinstance(node, ast.Nonlocal):
        scope.declared.update(node.names)
    elif isinstance(node, ast.arg):
        scope.bound.add(node.arg)
    else:
        scope.bound.update(bound_by(node))


def bound_by(node: ast.AST) -> Iterator[str]:
    """Yield the names that a statement, a handler or a pattern binds in its scope, beside those assigned to."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
        yield from star_names(node.module or "")
    elif isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from ((alias.asname or alias.name).partition(".")[0] for alias in node.names)
    elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
        yield node.name
    elif isinstance(node, ast.MatchMapping) and node.rest:
        yield node.rest
    elif type(node).__name__ in _TYPE_PARAMETERS:
        yield node.name  # type: ignore[attr-defined]


def _parts_outside(node: ast.AST) -> list[ast.AST]:
    """Return the parts of a node with a scope that are evaluated outside of that scope."""
    if isinstance(node, _COMPREHENSIONS):
        return [node.generators[0].iter]
    if isinstance(node, ast.ClassDef):
        return [*node.decorator_list, *node.bases, *node.keywords]
    assert isinstance(node, _FUNCTIONS)
    arguments = node.args
    defaults = [default for default in (*arguments.defaults, *arguments.kw_defaults) if default is not None]
    if isinstance(node, ast.Lambda):
        return list(defaults)
    returns = [node.returns] if node.returns is not None else []
    return [*defaults, *node.decorator_list, *returns]


def _parts_inside(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the children of a node with a scope; of its arguments and loops, their children."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.arguments, ast.comprehension)):
            yield from ast.iter_child_nodes(child)
        else:
            yield child
