"""Compiles a suite's tests and setup, before any program runs. Pure.

Which names in the tests are the program's is decided by ``suite_names``; which calls can be prefetched by ``prefetch``.
"""

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from types import CodeType
from typing import Any

from ..wire.evaluating_names import has_any
from ..wire.program_imports import take_program_imports
from .class_uses import adapt
from .evaluating_tests import evaluating_tests
from .expected_answers import is_repeatable
from .name_uses import Uses
from .namespace import BUILTINS, base_globals, is_by_reference
from .prefetch import PrefetchCall, find_prefetch
from .recomputing_tests import recomputing_tests
from .state_changes import may_change_state
from .suite_names import SuiteNames, TestNames, names_in
from .surrounding_tests import file_tests, surrounding_tests

_REASON_CHARS = 300


@dataclass(frozen=True, slots=True)
class CompiledTest:
    """One compiled test, or the reason why it does not compile."""

    code: CodeType | None
    error: str = ""
    prefetch: PrefetchCall | None = None
    """The call of the program that may be made before the test starts."""
    globals: dict[str, Any] = field(default_factory=dict)
    """Its globals beside the program's names: builtins, and the library's names bound to the checker's own objects."""
    ambiguous: dict[str, Uses] = field(default_factory=dict)
    """Names that are the library's here, and that the program may bind too."""
    names: Collection[str] = ()
    """The program's names that it uses."""
    patterns: frozenset[str] = frozenset()
    """Those of ``names`` that its patterns use as classes."""
    guessed_builtin: str | None = None
    """The one of ``names`` that the language has too, if that is only a guess (``suite_names``)."""

    def contested(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return the ambiguous names that a program binds and that the test may mean: name → the program's value.

        ``values`` are the program's values of the plan's names. A value equal to the library's changes nothing.
        """
        return {
            name: values[name]
            for name, uses in self.ambiguous.items()
            if name in values
            and (
                is_by_reference(values[name])
                or (
                    uses.are_possible_for_data(values[name])
                    and not _is_same(values[name], self.globals[name])
                )
            )
        }

    def globals_for(
        self, values: dict[str, Any], contested: Collection[str], subjects: frozenset[str]
    ) -> dict[str, Any]:
        """Return ``globals`` for one program: without the ``contested`` names, which the program's replace; with the
        guessed builtin if it defines another of the suite's ``subjects`` instead.
        """
        if contested:
            return {name: value for name, value in self.globals.items() if name not in contested}
        builtin = self.guessed_builtin
        if builtin and builtin not in values and not subjects.isdisjoint(values):
            return {**self.globals, builtin: BUILTINS[builtin]}
        return self.globals


@dataclass(frozen=True, slots=True)
class Plan:
    """The compiled tests of one suite; used for all its programs."""

    tests: list[CompiledTest]
    setup: list[CodeType]
    """Runs before every test, in this order."""
    names: list[str]
    """The names that the program is asked for, sorted: its own and the ambiguous ones."""
    ambiguous: list[str] = field(default_factory=list)
    """Those of ``names`` that are ambiguous in a test and the program's in no test, sorted."""
    ambiguous_tests: list[int] = field(default_factory=list)
    """Numbers of the tests with ambiguous names."""
    subjects: frozenset[str] = frozenset()
    """The names that are the program's in a test."""
    setup_names: frozenset[str] = frozenset()
    """The names that the setup uses."""
    is_setup_independent: bool = False
    """Whether the setup uses no name of the program's: if it raises, the suite is wrong and not the program."""
    evaluating: frozenset[int] = frozenset()
    """Tests that may run an answer of the program as code."""
    recomputing: frozenset[int] = frozenset()
    """Tests that compute what they expect from an argument after the program had it."""
    surrounded: frozenset[int] = frozenset()
    """Tests that use files, or replace standard streams or builtins."""
    file_tests: frozenset[int] = frozenset()
    """Those of ``surrounded`` that use files."""
    patterns: frozenset[str] = frozenset()
    """The program's names that patterns use as classes."""
    may_evaluate: bool = False
    """Whether a text of the suite has a word for running an answer as code."""
    may_change_state: bool = True
    """Whether its code may change the state of the checker's process (``process_state``)."""
    is_setup_repeatable: bool = False
    """Whether the setup does nothing when it runs again (``expected_answers``)."""

    def without_file_tests(self, reason: str) -> "Plan":
        """Return the plan in which the tests that use files are invalid, for ``reason``."""
        tests = [
            CompiledTest(None, reason) if t in self.file_tests and test.code else test
            for t, test in enumerate(self.tests)
        ]
        return replace(self, tests=tests)


def make_plan(tests: list[str], setup: str, declared: Collection[str] = (), check: str = "") -> Plan:
    """Compile a suite. A test that does not compile is kept, with the reason. If the setup does not compile, no test
    does.

    ``declared`` are the program's entry points. ``check`` is the source that defines the function of that name; it runs
    behind the setup and counts as part of it.
    """
    before_texts = [text for text in (setup, check) if text]
    trees = [_parse(text) for text in tests]
    parts = [_parse(text) for text in before_texts]
    declared = {*declared, *_imported([*tests, *before_texts], [*trees, *parts])}
    codes = [_compile(part, "<setup>") for part in parts]
    for code in codes:
        if isinstance(code, str):
            return Plan([CompiledTest(None, f"setup: {code}") for _ in tests], [], [])
    before = ast.Module([node for part in parts if isinstance(part, ast.Module) for node in part.body], [])
    divided = SuiteNames([tree for tree in trees if isinstance(tree, ast.Module)], before, declared)
    program = {name for test in divided.tests for name in test.program}
    ambiguous = {name for test in divided.tests for name in test.ambiguous}
    setup_names = frozenset(names_in(before))
    is_independent = program.isdisjoint(setup_names)
    surrounded = surrounding_tests(tests, trees, f"{setup}\n{check}", before)
    is_adapted, patterns = adapt(divided.setup_nodes, program)
    if is_adapted:
        codes = [_compile(part, "<setup>") for part in parts]
    compiled = _compile_tests(trees, divided, surrounded, may_prefetch=is_independent)
    may_evaluate = any(map(has_any, (setup, check, *tests)))
    return Plan(
        compiled,
        [code for code in codes if not isinstance(code, str)],
        sorted(program | ambiguous),
        sorted(ambiguous - program),
        [t for t, test in enumerate(compiled) if test.ambiguous],
        frozenset(program),
        setup_names,
        is_independent,
        evaluating_tests(trees, before, program) if may_evaluate else frozenset(),
        recomputing_tests(_with_variables(compiled, trees), before, program),
        surrounded,
        file_tests(surrounded, trees, before),
        patterns.union(*(test.patterns for test in compiled)),
        may_evaluate,
        may_evaluate or may_change_state(divided.nodes()),
        is_repeatable(before) and not patterns,
    )


def _imported(texts: list[str], trees: list[ast.Module | str]) -> Iterator[str]:
    """Take imports of the program out of the trees; yield the names that they bind."""
    for text, tree in zip(texts, trees, strict=True):
        if isinstance(tree, ast.Module):
            yield from take_program_imports(text, tree)


def _with_variables(tests: list[CompiledTest], trees: list[ast.Module | str]) -> list[ast.Module | str]:
    """Return the trees of the tests without a prefetched call, which has constant arguments; empty texts for others."""
    return ["" if test.prefetch else tree for test, tree in zip(tests, trees, strict=True)]


def _is_same(value: Any, other: Any) -> bool:
    """Whether two constants are equal; one NaN is as good as another."""
    return type(value) is type(other) and bool(value == other or (value != value and other != other))  # noqa: PLR0124


def _parse(text: str) -> ast.Module | str:
    """Return the tree, or the reason why there is none."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return _reason(error)


def _compile_tests(
    trees: list[ast.Module | str], divided: SuiteNames, surrounded: frozenset[int], *, may_prefetch: bool
) -> list[CompiledTest]:
    names = iter(divided.tests)
    return [
        CompiledTest(None, tree)
        if isinstance(tree, str)
        else _compile_test(
            tree, next(names), divided.library, may_prefetch=may_prefetch and t not in surrounded
        )
        for t, tree in enumerate(trees)
    ]


def _compile_test(
    tree: ast.Module, names: TestNames, library: dict[str, Any], *, may_prefetch: bool
) -> CompiledTest:
    _is_adapted, patterns = adapt(names.nodes, names.program)
    code = _compile(tree, "<test>")
    if isinstance(code, str):
        return CompiledTest(None, code)
    prefetch = find_prefetch(tree, names.nodes, names.program) if may_prefetch else None
    return CompiledTest(
        code,
        "",
        prefetch,
        base_globals(library, names.program, names.ambiguous.keys()),
        names.ambiguous,
        names.program,
        patterns,
        names.guessed_builtin,
    )


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
