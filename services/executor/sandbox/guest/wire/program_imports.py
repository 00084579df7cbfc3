"""Takes imports of the program out of tests, which have its names without them. Pure.

Tests that were written as a file beside the solution's import it: ``from solution import f``, as all of KodCode do. No
module of such a name is installed, so a test with the import would fail every program. ``f`` is then a name of the
program's, whatever the language or the library has under that name.
"""

import ast
import re
from typing import Any

MODULES = frozenset(
    "solution solutions submission program candidate answer main my_module my_solution your_module your_solution "
    "your_code your_program".split()
)
"""The names by which such tests call the program's file. None is a module of the standard library."""
_IMPORT = re.compile(rf"^[ \t]*(?:from|import)\b.*\b(?:{'|'.join(sorted(MODULES))})\b", re.MULTILINE)


def has_program_import(text: str) -> bool:
    """Whether a text may import the program."""
    return _IMPORT.search(text) is not None


def take_program_imports(text: str, tree: ast.Module) -> set[str]:
    """Change the tree of a text that imports the program; return the names that it takes from there.

    ``from solution import f as g`` becomes ``g = f``, ``import solution`` nothing, and ``solution.f`` becomes ``f``.
    """
    if not has_program_import(text):
        return set()
    imports = _Imports()
    imports.visit(tree)
    uses = _Uses(imports.modules)
    uses.visit(tree)
    return imports.names | uses.names


class _Imports(ast.NodeTransformer):
    """Replaces the imports."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.modules: set[str] = set()
        """What the text calls the program's module."""

    def visit_ImportFrom(self, node: ast.ImportFrom) -> Any:
        if node.module not in MODULES or node.level > 1:
            return node
        named = [alias for alias in node.names if alias.name != "*"]
        self.names.update(alias.name for alias in named)
        bound = [
            ast.Assign([ast.Name(alias.asname, ast.Store())], ast.Name(alias.name, ast.Load()))
            for alias in named
            if alias.asname not in (None, alias.name)
        ]
        return _in_place_of(node, [*bound])

    def visit_Import(self, node: ast.Import) -> Any:
        own = [alias for alias in node.names if alias.name in MODULES]
        self.modules.update(alias.asname or alias.name for alias in own)
        rest = [alias for alias in node.names if alias not in own]
        return _in_place_of(node, [ast.Import(rest)] if rest else []) if own else node


class _Uses(ast.NodeTransformer):
    """Replaces attributes of the program's module by its names."""

    def __init__(self, modules: set[str]) -> None:
        self._modules = modules
        self.names: set[str] = set()

    def visit_Attribute(self, node: ast.Attribute) -> Any:
        self.generic_visit(node)
        is_of_module = isinstance(node.value, ast.Name) and node.value.id in self._modules
        if not is_of_module or not isinstance(node.ctx, ast.Load):
            return node
        self.names.add(node.attr)
        return ast.copy_location(ast.Name(node.attr, ast.Load()), node)


def _in_place_of(node: ast.stmt, statements: list[ast.stmt]) -> list[ast.stmt]:
    """Return statements with a node's position; ``pass`` if there are none, since a block must not be empty."""
    placed = statements or [ast.Pass()]
    return [ast.fix_missing_locations(ast.copy_location(statement, node)) for statement in placed]
