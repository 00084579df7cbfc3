"""Compiles a suite's tests and setup, before any program runs. Pure.

Which names in the tests are the program's is decided by ``suite_names``; which calls can be prefetched by ``prefetch``.
"""

import ast
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

from ..wire.evaluating_names import has_any
from .evaluating_tests import evaluating_tests
from .prefetch import PrefetchCall, find_prefetch
from .recomputing_tests import recomputing_tests
from .suite_names import called_names, free_names, names_in, split_names

_REASON_CHARS = 300


@dataclass(frozen=True, slots=True)
class CompiledTest:
    """One compiled test, or the reason why it does not compile."""

    code: CodeType | None
    error: str = ""
    prefetch: PrefetchCall | None = None
    """The call of the program that may be made before the test starts."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The compiled tests of one suite; used for all its programs."""

    tests: list[CompiledTest]
    setup: list[CodeType]
    """Runs before every test, in this order."""
    names: list[str]
    """The program's names that the suite uses, sorted."""
    library: dict[str, Any] = field(default_factory=dict)
    """Names that the suite takes from the standard library, bound to the checker's own objects."""
    is_setup_independent: bool = False
    """Whether the setup uses no name of the program's: if it raises, the suite is wrong and not the program."""
    evaluating: frozenset[int] = frozenset()
    """Tests that may run an answer of the program as code."""
    recomputing: frozenset[int] = frozenset()
    """Tests that compute what they expect from an argument after the program had it."""


def make_plan(tests: list[str], setup: str, entry_point: str | None, check: str = "") -> Plan:
    """Compile a suite. A test that does not compile is kept, with the reason. If the setup does not compile, no test
    does.

    ``check`` is the source that defines the function of that name; it runs behind the setup and counts as part of it.
    """
    trees = [_parse(text) for text in tests]
    parts = [_parse(text) for text in (setup, check) if text]
    codes = [_compile(part, "<setup>") for part in parts]
    for code in codes:
        if isinstance(code, str):
            return Plan([CompiledTest(None, f"setup: {code}") for _ in tests], [], [])
    before = ast.Module([node for part in parts if isinstance(part, ast.Module) for node in part.body], [])
    free = [free_names(tree, before) if isinstance(tree, ast.Module) else set() for tree in trees]
    called = {name for tree in trees if isinstance(tree, ast.Module) for name in called_names(tree)}
    names, library = split_names(free, called, entry_point)
    is_independent = names.isdisjoint(names_in(before))
    compiled = [_compile_test(tree, names, may_prefetch=is_independent) for tree in trees]
    setup_codes = [code for code in codes if not isinstance(code, str)]
    evaluating: frozenset[int] = frozenset()
    if any(map(has_any, (setup, check, *tests))):
        evaluating = evaluating_tests(trees, before, names)
    with_variables = [
        "" if test.prefetch else tree for test, tree in zip(compiled, trees, strict=True)
    ]  # the arguments of a prefetched call are constants
    recomputing = recomputing_tests(with_variables, before, names)
    return Plan(compiled, setup_codes, sorted(names), library, is_independent, evaluating, recomputing)


def _parse(text: str) -> ast.Module | str:
    """Return the tree, or the reason why there is none."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return _reason(error)


def _compile_test(tree: ast.Module | str, names: set[str], *, may_prefetch: bool) -> CompiledTest:
    code = _compile(tree, "<test>")
    if isinstance(code, str) or isinstance(tree, str):
        return CompiledTest(None, str(code))
    return CompiledTest(code, "", find_prefetch(tree, names) if may_prefetch else None)


def _compile(tree: ast.Module | str, name: str) -> CodeType | str:
    """Return the code, or the reason why there is none."""
    if isinstance(tree, str):
        return tree
    try:
        return compile(tree, name, "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return _reason(error)


def _reason(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:_REASON_CHARS]
