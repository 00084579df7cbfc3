"""Makes mutants of a program: valid programs that differ from it in one place. Pure.

Some mutants behave like the program (equivalent mutants). No test can tell them apart, so they count in no score.
"""

import ast
import random
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from services.synth.mutation.operators import OPERATORS
from services.synth.mutation.printing import Change, ProgramPrinter


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
    queues: dict[str, list[Change]] = {name: [] for name in OPERATORS}
    for name, change in changes_of(tree):
        queues[name].append(change)
    for changes in queues.values():
        chooser.shuffle(changes)
    printer = ProgramPrinter(tree)
    seen = {printer.text}
    made: list[Mutant] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # ``if x is 1`` is a typical mistake
        while len(made) < limit and any(queues.values()):
            for name, changes in queues.items():
                if changes and len(made) < limit:
                    change = changes.pop()
                    text = printer.with_change(change)
                    if text not in seen and _compiles(text):
                        seen.add(text)
                        made.append(Mutant(text, name, getattr(change.node, "lineno", 0)))
    return made


def changes_of(tree: ast.Module) -> Iterator[tuple[str, Change]]:
    """Yield the changes of all nodes with the names of their operators, in the order of ``ast.walk``."""
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
                    yield name, Change(node, replacement, *places[node])


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
    try:
        compile(program, "<mutant>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return True
