"""Splits tests that are one function or one class into a test per assertion or method. Pure.

So pass rates have steps: a HumanEval ``check(candidate)`` as a whole is passed or not. If its body consists of
independent assertions, each becomes a test; if that is not certain, it stays one test. Tests that are defined for a
runner (``unittest``, ``pytest``) are split by ``runners``: each function or method is a test.
"""

import ast
import builtins
import collections
import copy
import datetime
import decimal
import fractions
import functools
import itertools
import math
import re
import sys
import typing
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from clients.completions.parsing import parse_quietly
from clients.contract import Suite
from clients.testspecs.runners import defines_only, split_tests

_BUILTINS = frozenset(dir(builtins))
_LIBRARY_MODULES = (collections, copy, datetime, decimal, fractions, functools, itertools, math, typing)
"""Modules whose names tests use without importing them."""
_LIBRARY_NAMES = sys.stdlib_module_names.union(
    "TestCase allclose approx array_equal mock np pd pytest raises".split(), *map(vars, _LIBRARY_MODULES)
)
"""Names that are probably not the function under test."""
_PROGRAM_FILE = re.compile(
    r"solutions?|submission|program|candidate|answer|main|(my|your)_(module|solution)|your_(code|program)"
)
"""Names of the file that a test imports the program from (docs/semantics.md)."""
_LEAVES_OR_BINDS_OUTSIDE = (ast.Return, ast.Yield, ast.YieldFrom, ast.Await, ast.Nonlocal, ast.Global)


def humaneval_suite(suite_id: str, test: str, entry_point: str) -> Suite:
    """Return the suite of a source that defines ``check(candidate)``; one test per assertion if it can be split.

    Raises:
        ValueError: ``test`` defines no ``check``, or does not compile.
    """
    setup, asserts = split_check(test, entry_point)
    if asserts:
        return Suite(id=suite_id, setup=setup, asserts=asserts, entry_point=entry_point)
    return Suite(id=suite_id, check=test, entry_point=entry_point)


def suite_of_test_text(suite_id: str, test: str, entry_point: str | None) -> Suite:
    """Return the suite of a source that defines ``check(candidate)``, or tests for unittest or pytest.

    Raises:
        ValueError: it defines neither, or does not compile.
    """
    is_check = "TestCase" not in test and "def check(" in test
    if is_check and entry_point:
        return humaneval_suite(suite_id, test, entry_point)
    if is_check:
        raise ValueError(
            "the test defines check(candidate); give {test, entry_point}, with the function to pass to it"
        )
    return defined_suite(suite_id, test, entry_point)


def is_test_text(text: str) -> bool:
    """Whether a text is Python that defines tests and does nothing else; JSON is not."""
    if "def " not in text:
        return False
    try:
        return defines_only(_parse(text))
    except ValueError:
        return False


def split_check(test: str, entry_point: str) -> tuple[str, list[str]]:
    """Return the setup and the asserts of ``check``; no asserts where it cannot be split.

    Statements before the first assertion are setup. A later statement without an assertion is repeated in
    every test that follows it. A loop of assertions is one test. ``assert True`` is not a test.

    Raises:
        ValueError: ``test`` defines no ``check``, or does not compile.
    """
    tree = _parse(test)
    check = next(
        (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "check"), None
    )
    if check is None or len(check.args.args) != 1:
        raise ValueError("the test defines no check(candidate)")
    parameter = check.args.args[0].arg
    if not _can_be_split(check, parameter, entry_point):
        return "", []
    renamed = _Renamed(parameter, entry_point)
    body = [renamed.visit(node) for node in check.body]
    split = _Split.of(body)
    if not split.tests:
        return "", []
    before = [node for node in tree.body if node is not check and not isinstance(node, ast.Expr)]
    setup = [*_missing_imports(tree), *(ast.unparse(node) for node in before), *split.setup]
    return "\n".join(setup), split.tests


def defined_suite(suite_id: str, test: str, entry_point: str | None) -> Suite:
    """Return the suite of a source that defines tests for unittest or pytest; one test per method or function.

    A test that patches a module patches it in the process of the test: the program's own only where the suite's
    ``isolation`` is ``same_process``.

    Raises:
        ValueError: ``test`` defines no tests, one of them cannot be run as a call, or it does not compile.
    """
    split = split_tests(test, _parse(test))
    if not split.calls:
        raise ValueError("the test defines no tests: no check(candidate), no test… of unittest or pytest")
    return Suite(id=suite_id, setup=split.setup, asserts=split.calls, entry_point=entry_point)


def split_definitions(asserts: Iterable[str]) -> list[str]:
    """Return tests of which none only defines tests: such a text becomes one test per function or method.

    Raises:
        ValueError: a test that is defined cannot be run as a call.
    """
    tests: list[str] = []
    for source in asserts:
        try:
            tree = _parse(source)
        except ValueError:
            tests.append(source)  # reported as invalid by the service, with the reason
            continue
        split = split_tests(source, tree) if defines_only(tree) else None
        if split is None or not split.calls:
            tests.append(source)
        else:
            tests += [f"{split.setup}\n{call}" for call in split.calls]
    return tests


def entry_point_of(asserts: Iterable[str], setup: str = "") -> str | None:
    """Guess the function under test: the name that most asserts call, builtins apart; one of the library's only if they
    call no other. Names that ``setup`` binds are the test's own. If the asserts call no others, the calls in ``setup``
    count: it has the functions of a text for pytest. ``None`` if nothing is called.

    The guess helps to find the program in a completion. It is never declared in a suite, where it would decide whose
    the name is.
    """
    trees = [tree for source in asserts if (tree := _parsed(source))]
    setup_tree = _parsed(setup)
    own = (
        _stored(node for node in setup_tree.body if not _imports_program(node)) if setup_tree else set[str]()
    )
    counts = _calls(trees, own) or _calls([setup_tree] if setup_tree else [], own)
    return max(counts, key=lambda name: (name not in _LIBRARY_NAMES, counts[name])) if counts else None


def _calls(trees: Iterable[ast.Module], own: set[str]) -> Counter[str]:
    """Count the sources that call a name, in the order of the text."""
    counts: Counter[str] = Counter()
    for tree in trees:
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        names = [
            (node.lineno, node.col_offset, node.func.id) for node in calls if isinstance(node.func, ast.Name)
        ]
        bound = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
        known = _BUILTINS | bound | own
        counts.update(list(dict.fromkeys(name for *_place, name in sorted(names) if name not in known)))
    return counts


@dataclass
class _Split:
    """Statements of a ``check``, sorted into setup and tests."""

    setup: list[str] = field(default_factory=list)
    tests: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, body: Sequence[ast.stmt]) -> "_Split":
        split, between = cls(), list[str]()
        for node in body:
            if _is_vacuous(node):
                continue
            source = ast.unparse(node)
            if _has_assert(node):
                split.tests.append("\n".join([*between, source]))
            elif split.tests:
                between.append(source)
            else:
                split.setup.append(source)
        return split


class _Renamed(ast.NodeTransformer):
    """Renames the parameter of ``check`` to the name of the program's function."""

    def __init__(self, old: str, new: str) -> None:
        self._old, self._new = old, new

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.copy_location(ast.Name(self._new, node.ctx), node) if node.id == self._old else node


def _can_be_split(check: ast.FunctionDef, parameter: str, entry_point: str) -> bool:
    """Whether its assertions do not depend on each other, and mean the same outside the function."""
    if not entry_point.isidentifier():
        return False
    if any(
        isinstance(node, _LEAVES_OR_BINDS_OUTSIDE)
        for statement in check.body
        for node in _own_nodes(statement)
    ):
        return False
    if {parameter, entry_point} & _stored(check.body):
        return False
    for at, node in enumerate(check.body):
        bound = _stored([node]) if _has_assert(node) else set()
        for later in check.body[at + 1 :]:
            if bound & (_loaded(later) - _stored([later])):
                return False
    return True


def _own_nodes(statement: ast.stmt) -> Iterable[ast.AST]:
    """Yield the nodes of a statement, without those of the functions that it defines."""
    stack: list[ast.AST] = [statement]
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            stack.extend(ast.iter_child_nodes(node))


def _missing_imports(tree: ast.Module) -> list[str]:
    """Return imports of the standard modules that the test uses but does not import itself."""
    values = [node.value for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    used = {value.id for value in values if isinstance(value, ast.Name)}
    return [f"import {name}" for name in sorted((used & sys.stdlib_module_names) - _stored(tree.body))]


def _has_assert(node: ast.stmt) -> bool:
    return any(isinstance(part, ast.Assert) for part in _own_nodes(node))


def _is_vacuous(node: ast.stmt) -> bool:
    """Whether the statement has no effect: ``assert True``, ``pass``, a constant."""
    if isinstance(node, ast.Assert):
        return isinstance(node.test, ast.Constant) and bool(node.test.value)
    return isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def _stored(body: Iterable[ast.stmt]) -> set[str]:
    """Return the names that the statements bind, at any depth."""
    names: set[str] = set()
    for node in (part for statement in body for part in ast.walk(statement)):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.alias):
            names.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, ast.arg):
            names.add(node.arg)
    return names


def _loaded(statement: ast.stmt) -> set[str]:
    return {
        node.id
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }


def _parse(source: str) -> ast.Module:
    try:
        return parse_quietly(source)
    except SyntaxError as error:
        raise ValueError(f"the test does not compile: {error}") from None
    except (RecursionError, MemoryError) as error:
        raise ValueError(f"the test is nested too deeply: {error}") from None


def _imports_program(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and bool(_PROGRAM_FILE.fullmatch(node.module or ""))


def _parsed(source: str) -> ast.Module | None:
    try:
        return _parse(source)
    except ValueError:
        return None
