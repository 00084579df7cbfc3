"""Makes mutants of a program: valid programs that differ from it in one place. Pure.

Some mutants behave like the program (equivalent mutants). No test can tell them apart, so they count in no score.
"""

import ast
import random
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from services.synth.mutation.operators import OPERATORS


@dataclass(frozen=True, slots=True)
class Mutant:
    """A program with one mistake."""

    program: str
    operator: str
    """Name of the operator that made it."""
    line: int
    """Line of the program that differs."""


def mutants_of(program: str, limit: int, chooser: random.Random) -> list[Mutant]:
    """Return up to ``limit`` mutants of ``program``, all different, a random choice over all places and operators.

    Operators take turns, so that one with many places (constants) does not crowd out the others. A program that does
    not parse has none.
    """
    try:
        tree = ast.parse(program)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return []
    seen = {ast.unparse(tree)}
    queues: dict[str, list[_Site]] = {name: [] for name in OPERATORS}
    for site in _sites(tree):
        queues[site.operator].append(site)
    for sites in queues.values():
        chooser.shuffle(sites)
    made: list[Mutant] = []
    while len(made) < limit and any(queues.values()):
        for sites in queues.values():
            if sites and len(made) < limit:
                site = sites.pop()
                text = site.text(tree)
                if text not in seen and _compiles(text):
                    seen.add(text)
                    made.append(Mutant(text, site.operator, getattr(site.node, "lineno", 0)))
    return made


@dataclass(frozen=True, slots=True)
class _Site:
    """One change of one node of a tree."""

    operator: str
    node: ast.AST
    replacement: ast.AST
    parent: ast.AST
    field: str
    """Field of the parent that holds the node, by itself or in a list."""

    def text(self, tree: ast.Module) -> str:
        """Return the program with the change; the tree is as before then. To copy the tree took most of the time."""
        held = getattr(self.parent, self.field)
        changed: object = self.replacement
        if isinstance(held, list):
            changed = [self.replacement if item is self.node else item for item in held]
        setattr(self.parent, self.field, changed)
        try:
            return ast.unparse(tree)
        finally:
            setattr(self.parent, self.field, held)


def _sites(tree: ast.Module) -> Iterator[_Site]:
    """Yield the changes of all nodes, in the order of ``ast.walk``."""
    docstrings = _docstrings(tree)
    places = {
        child: (parent, field)
        for parent in ast.walk(tree)
        for field, value in ast.iter_fields(parent)
        for child in (value if isinstance(value, list) else [value])
        if isinstance(child, ast.AST)
    }
    for node in ast.walk(tree):
        if node not in docstrings and node in places:
            for name, operator in OPERATORS.items():
                for replacement in operator(node):
                    yield _Site(name, node, replacement, *places[node])


def _docstrings(tree: ast.Module) -> set[ast.AST]:
    """Return the constants that are statements, and the parts of annotations: no change of them matters."""
    idle: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            idle.add(node.value)
        for annotation in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if isinstance(annotation, ast.AST):
                idle.update(ast.walk(annotation))
    return idle


def _compiles(program: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # ``if x is 1`` is a typical mistake
        try:
            compile(program, "<mutant>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            return False
    return True
