"""Chooses, among the pieces of Python in a completion, those that together are the solution. Pure.

``_main`` chooses the main piece, by nine criteria in order. What it needs of the other pieces is added: imports,
helpers, constants. Prints and asserts of the other pieces are left out,
so a usage snippet is never chosen over the solution, however long it is.
"""

import ast
import builtins
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

_BUILTINS = frozenset(dir(builtins)) | {"__name__", "__file__"}
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(slots=True)
class Piece:
    """One piece of code, with the names it defines and needs."""

    code: str
    tree: ast.Module | None
    """``None`` if it does not compile, or was not parsed because the budget was used up."""
    tagged: bool = False
    """Whether the tag of its fence says that it is Python."""
    defines: set[str] = field(default_factory=set)
    """Names bound at its top level."""
    needs: set[str] = field(default_factory=set)
    """Names it uses and binds nowhere."""
    has_definition: bool = False
    """Whether it defines a function or class at its top level."""
    reads_stdin: bool = False
    calls_at_top_level: bool = False
    """Whether it calls something at its top level, and so does more than define."""

    @classmethod
    def of(cls, code: str, tree: ast.Module | None, *, tagged: bool = False) -> "Piece":
        """Analyse ``tree``, in one go."""
        piece = cls(code, tree, tagged)
        if tree is None:
            return piece
        piece.defines = _top_level_names(tree.body)
        piece.has_definition = any(isinstance(node, _DEFINITIONS) for node in tree.body)
        piece.calls_at_top_level = any(
            isinstance(part, ast.Call)
            for node in tree.body
            if not isinstance(node, _DEFINITIONS)
            for part in ast.walk(node)
        )
        loaded, bound = _names(tree)
        piece.needs = loaded - bound - _BUILTINS
        piece.reads_stdin = "input" in loaded - bound or any(
            isinstance(node, ast.Attribute) and node.attr == "stdin" for node in ast.walk(tree)
        )
        return piece

    def imports(self, name: str) -> bool:
        """Whether an import alone binds a name: tests beside a solution import it from there."""
        body = self.tree.body if self.tree else []
        others = (node for node in body if not isinstance(node, ast.Import | ast.ImportFrom))
        return name in self.defines and name not in _top_level_names(others)

    def defines_entry(self, entry_point: str) -> bool:
        """Whether it defines a function or class of this name, or a class with a method of this name."""
        if entry_point in self.defines:
            return True
        classes = [node for node in self.tree.body if isinstance(node, ast.ClassDef)] if self.tree else []
        return any(entry_point in _top_level_names(node.body) for node in classes)


def is_substantial(tree: ast.Module) -> bool:
    """Whether it has an effect: prose of one word, or of words and commas, is valid Python too."""
    return any(
        not isinstance(node, ast.Expr) or any(isinstance(part, ast.Call) for part in ast.walk(node))
        for node in tree.body
    )


@dataclass(frozen=True, slots=True)
class ExpectedProgram:
    """What the tests expect of the program."""

    entry_point: str | None
    """The function or class that they call."""
    script: bool
    """Whether they run it and write to its standard input."""


def choose(pieces: Sequence[Piece], expected: ExpectedProgram) -> tuple[str, list[int]]:
    """Return the program and the positions of the pieces that it is made of. ``pieces`` is not empty.

    Helpers come before the code that uses them, wherever the completion had them.
    """
    main = _main(pieces, expected)
    used = _closure(pieces, main)
    if len(used) == 1:
        return pieces[main].code, [main]
    helpers = [_helpers(pieces[at], pieces[main].defines) for at in sorted(used - {main})]
    return _future_first("\n\n".join([*filter(None, helpers), pieces[main].code])), sorted(used)


def _future_first(code: str) -> str:
    """Move imports from ``__future__`` to the top, the only place where Python allows them."""
    lines = code.split("\n")
    future = [line for line in lines if line.startswith("from __future__ import")]
    if not future or lines[0] == future[0]:
        return code
    return "\n".join([*dict.fromkeys(future), *(line for line in lines if line not in future)])


def _main(pieces: Sequence[Piece], expected: ExpectedProgram) -> int:
    """Return the position of the main piece: the last piece of the first of these groups that is not empty.

    If there is an entry point:
    1. parsed pieces that define it, else those that import it; 2. unparsed pieces in which a line begins to define it.
    If a script is expected:
    3. parsed pieces that read standard input and call something at the top level;
    4. parsed pieces that call something at the top level and use a name that a reading piece defines;
    5. parsed pieces that read standard input.
    Always:
    6. parsed pieces that define a function or class; 7. parsed pieces whose fence says Python; 8. parsed pieces;
    9. unparsed pieces whose fence says Python. If all groups are empty: the last piece.
    """
    parsed = [at for at, piece in enumerate(pieces) if piece.tree is not None]
    unparsed = [at for at, piece in enumerate(pieces) if piece.tree is None]
    groups: list[list[int]] = []
    if expected.entry_point:
        definition = re.compile(
            rf"^\s*(?:async\s+def|def|class)\s+{re.escape(expected.entry_point)}\b", re.MULTILINE
        )
        defining = [at for at in parsed if pieces[at].defines_entry(expected.entry_point)]
        groups.append([at for at in defining if not pieces[at].imports(expected.entry_point)])
        groups.append(defining)
        groups.append([at for at in unparsed if definition.search(pieces[at].code)])
    if expected.script:
        reading = [at for at in parsed if pieces[at].reads_stdin]
        readers = set().union(*(pieces[at].defines for at in reading))
        groups.append([at for at in reading if pieces[at].calls_at_top_level])
        groups.append([at for at in parsed if pieces[at].calls_at_top_level and pieces[at].needs & readers])
        groups.append(reading)
    groups.append([at for at in parsed if pieces[at].has_definition])
    groups.append([at for at in parsed if pieces[at].tagged])
    groups.append(parsed)
    groups.append([at for at in unparsed if pieces[at].tagged])
    return next((group[-1] for group in groups if group), len(pieces) - 1)


def _closure(pieces: Sequence[Piece], main: int) -> set[int]:
    """Return ``main`` and the pieces that define the names it and they need.

    Of several pieces that define a name, the nearest before ``main`` is taken, else the nearest after it.
    """
    owner: dict[str, int] = {}
    for at in (*range(main - 1, -1, -1), *range(main + 1, len(pieces))):
        for name in pieces[at].defines:
            owner.setdefault(name, at)
    used, defined = {main}, set(pieces[main].defines)
    names = sorted(pieces[main].needs)  # sorted: the same completion gives the same program everywhere
    while names:
        name = names.pop()
        at = owner.get(name, owner.get("*"))
        if name not in defined and at is not None and at not in used:
            used.add(at)
            defined |= pieces[at].defines
            names += sorted(pieces[at].needs - defined)
    return used


def _helpers(piece: Piece, defined: set[str]) -> str:
    """Return the statements of ``piece`` that a solution in another piece may use.

    Left out are statements that only show how to use it, and second definitions of the names in ``defined``.
    """
    assert piece.tree is not None
    lines = piece.code.split("\n")
    kept = []
    for node in piece.tree.body:
        redefines = _top_level_names([node]) & defined and not isinstance(node, ast.Import | ast.ImportFrom)
        if not redefines and not _is_usage(node, piece.defines | defined):
            decorators = getattr(node, "decorator_list", [])
            start = min([node.lineno, *(decorator.lineno for decorator in decorators)])
            kept.append("\n".join(lines[start - 1 : node.end_lineno]))
    return "\n".join(kept)


def _is_usage(node: ast.stmt, defined: set[str]) -> bool:
    """Whether the statement only shows how to use what is defined: an assert, a print, a call, a main block."""
    if isinstance(node, ast.Assert):
        return True
    if isinstance(node, ast.If):
        return any(isinstance(part, ast.Name) and part.id == "__name__" for part in ast.walk(node.test))
    if not isinstance(node, ast.Expr):
        return False
    calls = [
        part.func.id
        for part in ast.walk(node)
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Name)
    ]
    return any(name == "print" or name in defined for name in calls)


def _top_level_names(body: Iterable[ast.stmt]) -> set[str]:
    """Return the names that the statements bind, without looking into functions and classes."""
    names: set[str] = set()
    waiting: list[ast.AST] = list(body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, _DEFINITIONS):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names.update((alias.asname or alias.name).split(".")[0] for alias in node.names)
        elif isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Store):
                names.add(node.id)
        elif not isinstance(node, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            waiting.extend(ast.iter_child_nodes(node))
    return names


def _names(tree: ast.Module) -> tuple[set[str], set[str]]:
    """Return the names loaded anywhere, and the names bound anywhere."""
    loaded: set[str] = set()
    bound: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            (loaded if isinstance(node.ctx, ast.Load) else bound).add(node.id)
        elif isinstance(node, _DEFINITIONS):
            bound.add(node.name)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            bound.update((alias.asname or alias.name).split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            bound.add(node.name)
    return loaded, bound
