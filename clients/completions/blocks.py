"""Pieces of Python: what each defines and needs, and which of them together are the solution. Pure.

The main piece is the last complete one that defines the entry point; else, if a script is asked for, the
last that reads standard input; else the last that defines a function or class; else the last. It is joined
by what it needs of the others: imports, helpers, constants. Prints and asserts of the others are left out,
so a usage snippet never beats the solution, however long it is.
"""

import ast
import builtins
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from clients.completions.parsing import parse_quietly

MAX_PARSES = 48
"""Parses of one completion, at most."""
MAX_PARSED_CHARS = 400_000
"""Characters parsed for one completion, at most: about a third of a second. No honest answer comes near."""

_BUILTINS = frozenset(dir(builtins)) | {"__name__", "__file__"}
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_TOP_LEVEL = re.compile(r"[A-Za-z_@]")
_SALVAGES = 3  # cuts tried on one piece of truncated code; the first nearly always suffices


class Parser:
    """``ast.parse`` with a budget, so that no completion costs more than a bounded time."""

    def __init__(self) -> None:
        self._parses = MAX_PARSES
        self._chars = MAX_PARSED_CHARS

    def parse(self, code: str) -> ast.Module | SyntaxError | None:
        """Return the tree, the error, or ``None`` where neither can be had (budget, nesting, NUL)."""
        if self._parses <= 0 or len(code) > self._chars:
            return None
        self._parses -= 1
        self._chars -= len(code)
        try:
            return parse_quietly(code)
        except SyntaxError as error:
            return error
        except (ValueError, RecursionError, MemoryError, OverflowError):
            return None

    def salvage(self, code: str) -> tuple[str, ast.Module] | None:
        """Return ``code`` up to the top-level statement that does not compile, if anything is left."""
        for _ in range(_SALVAGES):
            found = self.parse(code)
            if isinstance(found, ast.Module):
                return (code, found) if found.body else None
            if found is None or not (code := _before(code, found.lineno)):
                return None
        return None


def _before(code: str, lineno: int | None) -> str:
    lines = code.split("\n")
    cut = min(lineno or 1, len(lines)) - 1
    while cut > 0 and not _TOP_LEVEL.match(lines[cut]):
        cut -= 1
    # The decorators of a function that is cut go with it.
    while cut > 0 and lines[cut - 1].startswith("@"):
        cut -= 1
    return "\n".join(lines[:cut]).rstrip()


@dataclass(slots=True)
class Piece:
    """One piece of code, and what is known of it."""

    code: str
    tree: ast.Module | None
    """``None`` if it does not compile, or could not be tried."""
    tagged: bool = False
    """Whether a fence says that it is Python."""
    defines: set[str] = field(default_factory=set)
    """Names bound at its top level."""
    needs: set[str] = field(default_factory=set)
    """Names it uses and does not bind anywhere."""
    has_definition: bool = False
    """Whether it defines a function or class."""
    reads_stdin: bool = False
    acts: bool = False
    """Whether it does more than define: calls something at its top level."""

    @classmethod
    def of(cls, code: str, tree: ast.Module | None, *, tagged: bool = False) -> "Piece":
        """Look at ``tree``, once."""
        piece = cls(code, tree, tagged)
        if tree is None:
            return piece
        piece.defines = _top_level_names(tree.body)
        piece.has_definition = any(isinstance(node, _DEFINITIONS) for node in tree.body)
        piece.acts = any(
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

    def defines_entry(self, entry_point: str) -> bool:
        """Whether it defines the function, the class, or a class with such a method."""
        if entry_point in self.defines:
            return True
        classes = [node for node in self.tree.body if isinstance(node, ast.ClassDef)] if self.tree else []
        return any(entry_point in _top_level_names(node.body) for node in classes)


def is_substantial(tree: ast.Module) -> bool:
    """Whether it does something: prose of one word, or of words and commas, is Python too."""
    return any(
        not isinstance(node, ast.Expr) or any(isinstance(part, ast.Call) for part in ast.walk(node))
        for node in tree.body
    )


@dataclass(frozen=True, slots=True)
class Wish:
    """What the tests ask of a program."""

    entry_point: str | None
    """The function or class they call."""
    script: bool
    """Whether it is run and reads its standard input."""


def choose(pieces: Sequence[Piece], wish: Wish) -> tuple[str, list[int]]:
    """Return the program and the positions of the pieces that went into it. ``pieces`` is not empty.

    Helpers come before what builds on them, wherever the completion had them.
    """
    main = _main(pieces, wish)
    taken = _closure(pieces, main)
    have = pieces[main].defines
    if len(taken) == 1:
        return pieces[main].code, [main]
    parts = [_helpers(pieces[at], have) for at in sorted(taken - {main})]
    return _future_first("\n\n".join([*filter(None, parts), pieces[main].code])), sorted(taken)


def _future_first(code: str) -> str:
    """Move imports from ``__future__`` to the only place where Python takes them."""
    lines = code.split("\n")
    future = [line for line in lines if line.startswith("from __future__ import")]
    if not future or lines[0] == future[0]:
        return code
    return "\n".join([*dict.fromkeys(future), *(line for line in lines if line not in future)])


def _main(pieces: Sequence[Piece], wish: Wish) -> int:
    whole = [at for at, piece in enumerate(pieces) if piece.tree is not None]
    broken = [at for at, piece in enumerate(pieces) if piece.tree is None]
    ranked: list[list[int]] = []
    if wish.entry_point:
        promise = re.compile(
            rf"^\s*(?:async\s+def|def|class)\s+{re.escape(wish.entry_point)}\b", re.MULTILINE
        )
        ranked.append([at for at in whole if pieces[at].defines_entry(wish.entry_point)])
        ranked.append([at for at in broken if promise.search(pieces[at].code)])
    if wish.script:
        reading = [at for at in whole if pieces[at].reads_stdin]
        readers = set().union(*(pieces[at].defines for at in reading))
        ranked.append([at for at in reading if pieces[at].acts])
        ranked.append([at for at in whole if pieces[at].acts and pieces[at].needs & readers])
        ranked.append(reading)
    ranked.append([at for at in whole if pieces[at].has_definition])
    ranked.append([at for at in whole if pieces[at].tagged])
    ranked.append(whole)
    ranked.append([at for at in broken if pieces[at].tagged])
    return next((group[-1] for group in ranked if group), len(pieces) - 1)


def _closure(pieces: Sequence[Piece], main: int) -> set[int]:
    """Return ``main`` and the pieces that define what it and they need: the nearest before, else after."""
    owner: dict[str, int] = {}
    for at in (*range(main - 1, -1, -1), *range(main + 1, len(pieces))):
        for name in pieces[at].defines:
            owner.setdefault(name, at)
    taken, have = {main}, set(pieces[main].defines)
    wanted = sorted(pieces[main].needs)  # sorted: the same completion gives the same program everywhere
    while wanted:
        name = wanted.pop()
        found = owner.get(name, owner.get("*"))
        if name not in have and found is not None and found not in taken:
            taken.add(found)
            have |= pieces[found].defines
            wanted += sorted(pieces[found].needs - have)
    return taken


def _helpers(piece: Piece, have: set[str]) -> str:
    """Return the statements of ``piece`` that a solution elsewhere may build on."""
    assert piece.tree is not None
    lines = piece.code.split("\n")
    kept = []
    for node in piece.tree.body:
        again = _top_level_names([node]) & have and not isinstance(node, ast.Import | ast.ImportFrom)
        if not again and not _is_usage(node, piece.defines | have):
            start = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", []))])
            kept.append("\n".join(lines[start - 1 : node.end_lineno]))
    return "\n".join(kept)


def _is_usage(node: ast.stmt, defined: set[str]) -> bool:
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
    """Names bound by statements, not looking into functions and classes."""
    names: set[str] = set()
    waiting: list[ast.AST] = list(body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, _DEFINITIONS):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names.update((each.asname or each.name).split(".")[0] for each in node.names)
        elif isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Store):
                names.add(node.id)
        elif not isinstance(node, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            waiting.extend(ast.iter_child_nodes(node))
    return names


def _names(tree: ast.Module) -> tuple[set[str], set[str]]:
    """Names loaded anywhere, and names bound anywhere."""
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
            bound.update((each.asname or each.name).split(".")[0] for each in node.names)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            bound.add(node.name)
    return loaded, bound
