"""Prints a program with one node changed. Pure.

To print a whole program for each of its mutants took half of the time of making them. Here the unchanged program is
printed once, and a mutant is its text with one line replaced: that of the statement, or of the head of the ``if``,
``while`` or ``for``, in which the change is. Where that is not certain to be what ``ast.unparse`` prints (a statement
of several lines, a default of a parameter, a decorator), the whole program is printed.
"""

import ast
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass

_HEADS: dict[type[ast.stmt], tuple[str, ...]] = {
    ast.If: ("test",),
    ast.While: ("test",),
    ast.For: ("target", "iter"),
}
"""Statements with a body whose head is one line → the fields that are in it."""


@dataclass(frozen=True, slots=True)
class Change:
    """A node of a tree, and what is put in its place."""

    node: ast.AST
    replacement: ast.AST
    parent: ast.AST
    field: str
    """Field of the parent that holds the node, by itself or in a list."""


class ProgramPrinter:
    """Prints one program with changes; ``text`` is the unchanged program."""

    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        self.text = ast.unparse(tree)
        self._lines = self.text.split("\n")
        self._places = dict(self._statement_places())
        self._statements = {
            part: statement
            for statement in self._places
            for root in _roots(statement)
            for part in ast.walk(root)
        }

    def with_change(self, change: Change) -> str:
        """Return the program with the change, as ``ast.unparse`` prints it. The tree is left as it was."""
        statement = self._statements.get(change.node)
        if statement is not None and (line := self._changed_line(statement, change)) is not None:
            at, indent = self._places[statement]
            return "\n".join([*self._lines[:at], indent + line, *self._lines[at + 1 :]])
        with _Applied(change):
            return ast.unparse(self._tree)

    def _statement_places(self) -> Iterator[tuple[ast.stmt, tuple[int, str]]]:
        """Yield the statements that are printed on one line, or whose head is, with its number and its beginning."""
        try:
            printed = ast.parse(self.text)
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            return
        for statement, twin in zip(_statements(self._tree), _statements(printed), strict=False):
            if type(statement) is not type(twin):
                return
            at = twin.lineno - 1
            line, own = self._lines[at], _one_line(statement)
            if own is not None and line.endswith(own) and line[: -len(own)].strip() in ("", "el"):  # ``elif``
                yield statement, (at, line[: -len(own)])

    def _changed_line(self, statement: ast.stmt, change: Change) -> str | None:
        """Return the line of the statement with the change; ``None`` if it is not one line."""
        if change.node is not statement:
            with _Applied(change):
                return _one_line(statement)
        new = change.replacement
        if not isinstance(new, ast.stmt):
            return None
        if type(statement) in _HEADS and not (
            type(new) is type(statement) and _has_same_body(new, statement)
        ):
            return None
        return _one_line(new)


class _Applied:
    """Puts a change into its tree for as long as the block lasts. To copy the tree took most of the time."""

    def __init__(self, change: Change) -> None:
        self._change = change
        self._held = getattr(change.parent, change.field)

    def __enter__(self) -> None:
        change, held = self._change, self._held
        changed: object = change.replacement
        if isinstance(held, list):
            changed = [change.replacement if item is change.node else item for item in held]
        setattr(change.parent, change.field, changed)

    def __exit__(self, *_: object) -> None:
        setattr(self._change.parent, self._change.field, self._held)


def _statements(tree: ast.Module) -> Iterator[ast.stmt]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.stmt))


def _roots(statement: ast.stmt) -> list[ast.AST]:
    """Return the statement itself, and the parts of it that are on its line."""
    if type(statement) not in _HEADS:
        return [statement]
    return [getattr(statement, field) for field in _HEADS[type(statement)]]


def _has_same_body(one: ast.stmt, other: ast.stmt) -> bool:
    return all(getattr(one, field) is getattr(other, field) for field in ("body", "orelse"))


def _one_line(statement: ast.stmt) -> str | None:
    """Return the statement, or its head, as it is printed; ``None`` if that is not one line, or may depend on where
    the statement is: a text by itself is printed as a docstring where it comes first.
    """
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant | ast.JoinedStr):
        return None
    if type(statement) in _HEADS:
        stub = copy(statement)
        stub.body, stub.orelse = [ast.Pass()], []  # type: ignore[attr-defined]
        head, _, body = ast.unparse(stub).partition("\n")
        return head if body == "    pass" else None
    text = ast.unparse(statement)
    return None if "\n" in text else text
