"""Finds the tests that compute what they expect from an argument after the program had it. Pure.

In ``x = [3, 1]; assert f(x) == sorted(x)``, a program that empties ``x`` and returns ``[]`` passes, as it does in plain
Python. Such a test is found before any program runs. Where the program then changes an argument, a pass is marked
``rests_on_program``.
"""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator

from .syntax_tree import nodes_of

_COMPARING = frozenset("isclose allclose array_equal".split())
"""Functions that compare their arguments, beside those whose names begin with ``assert``."""


def recomputing_tests(
    trees: list[ast.Module | str], before: ast.Module, program_names: Iterable[str]
) -> frozenset[int]:
    """Return the numbers of the tests that do so, or whose ``check`` does (a part of ``before``)."""
    names = {*program_names, *_parameters_of_check(before)}
    if before.body and _Uses(before, names).is_recomputing():
        return frozenset(range(len(trees)))
    return frozenset(
        t
        for t, tree in enumerate(trees)
        if isinstance(tree, ast.Module) and _Uses(tree, names).is_recomputing()
    )


def _parameters_of_check(before: ast.Module) -> Iterator[str]:
    for node in before.body:
        if isinstance(node, ast.FunctionDef) and node.name == "check":
            yield from (argument.arg for argument in node.args.args[:1])


class _Uses:
    """The variables that a tree passes to the program, and what it computes from them."""

    def __init__(self, tree: ast.Module, program_names: set[str]) -> None:
        self._names = program_names
        nodes = nodes_of(tree)
        self._calls = [node for node in nodes if isinstance(node, ast.Call) and self._is_of_program(node)]
        self._passed: dict[str, int] = {}
        """Variable → the line in which the program first has it."""
        for call in self._calls:
            for name in _passed_names(call):
                self._passed[name] = min(call.lineno, self._passed.get(name, call.lineno))
        self._nodes = nodes if self._passed else []
        self._answers: dict[str, set[str]] = defaultdict(set)
        """Variable that holds an answer → the variables that the program had for it."""
        self._computed: dict[str, set[str]] = defaultdict(set)
        """Variable → those passed variables that it was computed from, after the program had them."""
        for node in self._nodes:
            if isinstance(node, ast.Assign):
                self._add_assignment(node)

    def is_recomputing(self) -> bool:
        """Whether an answer is compared with something computed from an argument afterwards."""
        return any(
            not self._given(left).isdisjoint(self._used(right))
            for node in self._nodes
            for sides in [_sides(node)]
            for left in sides
            for right in sides
            if left is not right
        )

    def _is_of_program(self, call: ast.Call) -> bool:
        return any(isinstance(part, ast.Name) and part.id in self._names for part in ast.walk(call.func))

    def _add_assignment(self, node: ast.Assign) -> None:
        given = self._given(node.value)
        used = {name for name in self._used(node.value) if node.lineno > self._passed.get(name, node.lineno)}
        for target in node.targets:
            for part in ast.walk(target):
                if isinstance(part, ast.Name):
                    self._answers[part.id] |= given
                    self._computed[part.id] |= used - given

    def _given(self, node: ast.AST) -> set[str]:
        """Return the variables that the program had for the answers in an expression."""
        given: set[str] = set()
        for part in ast.walk(node):
            if isinstance(part, ast.Call) and part in self._calls:
                given.update(_passed_names(part))
            elif isinstance(part, ast.Name):
                given |= self._answers.get(part.id, set())
        return given

    def _used(self, node: ast.AST) -> set[str]:
        """Return the passed variables that an expression uses itself, or through what was computed from them."""
        if node in self._calls:
            return set()
        if isinstance(node, ast.Name):
            return {node.id} & self._passed.keys() | self._computed.get(node.id, set())
        return {name for child in ast.iter_child_nodes(node) for name in self._used(child)}


def _passed_names(call: ast.Call) -> Iterator[str]:
    """Yield the variables that a call passes as they are, alone or in a display. A copy (``x[:]``) is not one."""
    waiting: list[ast.expr] = [*call.args, *(keyword.value for keyword in call.keywords)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, (ast.Tuple, ast.List, ast.Starred)):
            waiting += [node.value] if isinstance(node, ast.Starred) else node.elts


def _sides(node: ast.AST) -> list[ast.expr]:
    """Return what a node compares with one another."""
    if isinstance(node, ast.Compare):
        return [node.left, *node.comparators]
    if isinstance(node, ast.Call):
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name.startswith("assert") or name in _COMPARING:
            return node.args[:2]
    return []
