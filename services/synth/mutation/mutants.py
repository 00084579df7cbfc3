"""Makes mutants of a program: valid programs that differ from it in one place. Pure.

Mutants that behave like the program exist (equivalent ones). No test tells them apart, so they count in no score.
"""

import ast
import random
import warnings
from collections.abc import Iterator
from copy import deepcopy
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
    queues = {name: [site for site in _sites(tree) if site[0] == name] for name in OPERATORS}
    for sites in queues.values():
        chooser.shuffle(sites)
    made: list[Mutant] = []
    while len(made) < limit and any(queues.values()):
        for sites in queues.values():
            if sites and len(made) < limit:
                name, index, variant = sites.pop()
                text = _text(tree, name, index, variant)
                if text not in seen and _compiles(text):
                    seen.add(text)
                    line = getattr(list(ast.walk(tree))[index], "lineno", 0)
                    made.append(Mutant(text, name, line))
    return made


def _sites(tree: ast.Module) -> Iterator[tuple[str, int, int]]:
    """Yield operator, position of the node in ``ast.walk``, and number of the variant."""
    docstrings = _docstrings(tree)
    for index, node in enumerate(ast.walk(tree)):
        if node not in docstrings:
            for name, operator in OPERATORS.items():
                for variant, _ in enumerate(operator(node)):
                    yield name, index, variant


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


def _text(tree: ast.Module, operator: str, index: int, variant: int) -> str:
    copy = deepcopy(tree)
    node = list(ast.walk(copy))[index]
    replacement = list(OPERATORS[operator](node))[variant]
    replaced = _Replacer(node, replacement).visit(copy)
    return ast.unparse(ast.fix_missing_locations(replaced))


class _Replacer(ast.NodeTransformer):
    """Puts one node in the place of another."""

    def __init__(self, node: ast.AST, replacement: ast.AST) -> None:
        self._node, self._replacement = node, replacement

    def visit(self, node: ast.AST) -> ast.AST:
        """Return the replacement for the node, and what is inside of all others likewise."""
        return self._replacement if node is self._node else self.generic_visit(node)


def _compiles(program: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # ``if x is 1`` is a typical mistake
        try:
            compile(program, "<mutant>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            return False
    return True
