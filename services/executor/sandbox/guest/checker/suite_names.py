"""Decides which names in a suite's tests are the program's, and which are the library's. Pure.

One rule, for all APIs:

1. What the suite binds or imports itself is the suite's.
2. A declared entry point is the program's. So is a name that neither the language nor the library has, and one that
   the suite uses as the library's object cannot be used (``e()``). A test that uses such a name fails if the program
   does not define it, even if there is a builtin of that name.
3. Other names of the language are the language's.
4. Other names of the library are *ambiguous*: the library's, but if the program itself binds such a name (an import
   from a library does not count), the test is judged under both bindings and must pass under both.
5. Where nothing is declared, a test that uses only names of the language and the library is about one of them: its
   subject, which is the program's in this test. This is a guess, so elsewhere the name is ambiguous. A builtin is a
   subject only if no test of the suite uses a name by rule 2, and answers if the program does not define it but
   another subject of the suite.
6. A test without any name of the program's tests nothing (``vacuity``).

A program must not replace what a test takes from the library (``isclose``): it would decide the test. Nor may the
library's ``gcd`` earn a pass in place of a wrong one of the program's.
"""

import ast
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from .library_names import (
    is_builtin,
    is_library_name,
    is_module,
    library_object,
    rarity,
)
from .name_uses import Uses, find_uses, wrapped_calls
from .scopes import BINDING, bound_by, global_names, has_scopes
from .syntax_tree import nodes_of


@dataclass(slots=True)
class TestNames:
    """The names that one test uses and the suite does not bind."""

    nodes: list[ast.AST]
    """Of the test's syntax tree."""
    free: set[str]
    """In the test or the setup."""
    own: set[str]
    """In the test itself."""
    uses: dict[str, Uses]
    """In the test itself."""
    program: set[str] = field(default_factory=set)
    """Those that are the program's."""
    guessed_builtin: str | None = None
    """The test's subject, if it is a builtin: that answers where the program does not define the name."""
    ambiguous: dict[str, Uses] = field(default_factory=dict)
    """Those that are judged under both bindings if the program binds them too."""


class SuiteNames:
    """Whose the names of a suite are."""

    def __init__(self, trees: list[ast.Module], setup: ast.Module, declared: Collection[str]) -> None:
        """``declared`` are the entry points that the suite declares."""
        nodes = self.setup_nodes = nodes_of(setup)
        self._setup_loads, self._setup_binds = _global_names(setup, nodes)
        self._setup_uses = find_uses(nodes)
        self.tests = [self._names_of(tree) for tree in trees]
        self._counts = Counter(name for test in self.tests for name in test.free)
        objects = {name: library_object(name) for name in self._counts if is_library_name(name)}
        self._objects = {
            name: value for name, value in objects.items() if value is not None or is_module(name)
        }
        self.library = {
            name: value for name, value in self._objects.items() if value is not None and not is_builtin(name)
        }
        """Names of the library's → the checker's own objects. Without builtins."""
        self._divide(declared)

    def nodes(self) -> Iterator[ast.AST]:
        """Yield the nodes of the setup and of all tests."""
        yield from self.setup_nodes
        for test in self.tests:
            yield from test.nodes

    def _names_of(self, tree: ast.Module) -> TestNames:
        nodes = nodes_of(tree)
        loads, binds = _global_names(tree, nodes)
        bound = self._setup_binds | binds
        own = loads - bound
        return TestNames(nodes, own | (self._setup_loads - bound), own, find_uses(nodes))

    def _divide(self, declared: Collection[str]) -> None:
        certain = {name for name in self._counts if name not in self._objects}.union(declared)
        for test in self.tests:
            for uses in (test.uses, self._setup_uses):
                certain |= {name for name in test.free & uses.keys() if self._is_misused(name, uses[name])}
        subjects = set()
        for test in self.tests:
            test.program = test.free & certain
            test.program |= set(declared)  # even if only a text that the test evaluates has the name
            subject = None if test.program else self._subject(test)
            if subject is not None and not (certain and is_builtin(subject)):
                subjects.add(subject)
                test.program = {subject}
                test.guessed_builtin = subject if is_builtin(subject) else None
        for test in self.tests:
            test.ambiguous = {
                name: test.uses.get(name) or self._setup_uses.get(name) or Uses()
                for name in (test.free - test.program if test.free & test.program else ())
                if self._objects[name] is not None and (not is_builtin(name) or name in subjects)
            }

    def _is_misused(self, name: str, uses: Uses) -> bool:
        """Whether a name is used as the language's or the library's object cannot be used."""
        if name not in self._objects or name.startswith("__"):
            return False
        value = self._objects[name]
        if value is None:  # not installed here: all that is certain is that modules are not called
            return uses.called and is_module(name)
        return not uses.are_possible_for_library(value)

    def _subject(self, test: TestNames) -> str | None:
        """Return the name that a test with names of the library's only is about; ``None`` if it uses only modules.

        Preferred are names in the test itself, names that are often tested, and functions whose results are passed on
        to others (``isclose(sqrt(4), 2)`` is about ``sqrt``); then the name that the suite uses most.
        """
        names = {name for name in test.free if not is_module(name) and not name.startswith("__")}
        if not names:
            return None
        wrappers = wrapped_calls(test.nodes, names)
        in_order = [node.id for node in test.nodes if isinstance(node, ast.Name)]
        return min(
            names,
            key=lambda name: (
                name not in test.own,
                rarity(name),
                name in wrappers,
                not callable(self._objects[name]),
                is_builtin(name),
                -self._counts[name],
                in_order.index(name) if name in in_order else 0,
                name,
            ),
        )


def names_in(tree: ast.Module) -> set[str]:
    """Return all names in a tree."""
    return {node.id for node in nodes_of(tree) if isinstance(node, ast.Name)}


def _global_names(tree: ast.Module, nodes: list[ast.AST]) -> tuple[set[str], set[str]]:
    """Return the names that a tree with these ``nodes`` loads as globals, and those that it binds as globals."""
    if has_scopes(nodes):
        return global_names(tree)
    loads: set[str] = set()
    binds: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Name):
            (loads if isinstance(node.ctx, ast.Load) else binds).add(node.id)
        elif isinstance(node, BINDING):
            binds.update(bound_by(node))
    return loads, binds
