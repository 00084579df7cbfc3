"""Splits texts that only define tests, for pytest or unittest, into one call for each test. Pure.

Such a text does nothing by itself: a runner would find the tests in it and run them. Here each test function, method of
a class and case of ``parametrize`` becomes one test, which is a call. What cannot be run as a call (fixtures of pytest)
is refused by name and never left out in silence. Left out are only tests that the text itself marks as skipped or as
expected to fail: they judge no program.
"""

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

_FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef
_RUN_METHOD = """\
class _Recorded(unittest.TestResult):
    passed = 0
    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed += 1
def _run_method(case, method):
    result = _Recorded()
    unittest.TestSuite([case(method)]).run(result)
    wrong = [*result.errors, *result.failures]
    assert not wrong, wrong[0][1][-400:]
    if result.skipped:
        raise unittest.SkipTest(result.skipped[0][1])
    assert result.passed == 1 and result.wasSuccessful() and not result.expectedFailures, 'no success was recorded'"""
"""The verdict of a runner counts only where a success was recorded. A skipped test is a fail if the program was asked;
the judge makes it invalid if the program was not. The end of a traceback says what went wrong, and a message has
room for 500 characters."""
_LEFT_OUT = frozenset({"skip", "xfail", "expectedFailure"})
"""Decorators of tests that judge no program."""
_FIXTURES = ("setup_class", "setup_method")
_REFUSED = frozenset({"setup_module", "setup_function", "setup", "load_tests", "pytest_generate_tests"})
"""What a runner calls before tests, and we do not."""
_INSTEAD = "call the tests with what they need, in plain statements"


@dataclass(frozen=True, slots=True)
class SplitTests:
    """The tests of one text."""

    setup: str
    """The text, with what runs its tests; runs before every test."""
    calls: list[str]
    """One statement or more for each test."""


def defines_only(tree: ast.Module) -> bool:
    """Whether running a text defines names and does nothing else; the guard of a script does not count."""
    return all(_is_definition(node) for node in tree.body) and any(
        isinstance(node, _FUNCTION | ast.ClassDef) for node in tree.body
    )


def split_tests(source: str, tree: ast.Module) -> SplitTests:
    """Return the tests that a text defines; no calls if it defines none.

    Raises:
        ValueError: a test cannot be run as a call; the message names it and says why.
    """
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and not _is_left_out(node)]
    lineages = [_lineage(node, tree) for node in classes]
    cases = [lineage for lineage in lineages if _is_case(lineage)]
    if cases:
        runs = [
            f"_run_method({lineage[0].name}, {name!r})" for lineage in cases for name in _methods(lineage)
        ]
        calls = [_with_module_fixtures(run, tree) for run in runs]
        return SplitTests(f"import unittest\n{source}\n{_RUN_METHOD}", calls)
    functions = [node for node in tree.body if isinstance(node, _FUNCTION)]
    calls = [
        call for lineage in lineages if lineage[0].name.startswith("Test") for call in _class_calls(lineage)
    ]
    for node in functions:
        if node.name.startswith("test"):
            calls += _function_calls(node, node.name, _marks(node))
    for node in functions if calls else []:
        if node.name in _REFUSED or _is_pytest_fixture(node):
            raise ValueError(f"{node.name!r} needs a test runner; {_INSTEAD}")
    return SplitTests(source, calls)


def _is_definition(node: ast.stmt) -> bool:
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    return isinstance(
        node, _FUNCTION | ast.ClassDef | ast.Import | ast.ImportFrom | ast.Pass
    ) or is_main_guard(node)


def is_main_guard(node: ast.stmt) -> bool:
    """Whether a statement is ``if __name__ == "__main__":``, which holds in no test."""
    return (
        isinstance(node, ast.If)
        and not node.orelse
        and isinstance(node.test, ast.Compare)
        and {ast.unparse(part) for part in (node.test.left, *node.test.comparators)}
        == {"__name__", "'__main__'"}
    )


def _lineage(node: ast.ClassDef, tree: ast.Module) -> list[ast.ClassDef]:
    """Return a class and those of its bases that the text defines, itself first."""
    classes = {part.name: part for part in tree.body if isinstance(part, ast.ClassDef)}
    found = [node]
    for cls in found:
        names = [base.id for base in cls.bases if isinstance(base, ast.Name)]
        found += [classes[name] for name in names if name in classes and classes[name] not in found]
    return found


def _is_case(lineage: Sequence[ast.ClassDef]) -> bool:
    """Whether a class is one of unittest's."""
    return any("TestCase" in ast.unparse(base) for cls in lineage for base in cls.bases)


def _methods(lineage: Sequence[ast.ClassDef]) -> list[str]:
    """Return the names of the test methods of a class of unittest, in the order of the text."""
    names: dict[str, bool] = {}
    for cls in lineage:
        for part in cls.body:
            if isinstance(part, _FUNCTION) and part.name.startswith("test"):
                names.setdefault(part.name, not _is_left_out(part))
            elif isinstance(part, ast.Assign):
                targets = [target.id for target in part.targets if isinstance(target, ast.Name)]
                names.update({name: True for name in targets if name.startswith("test")})
    return [name for name, is_test in names.items() if is_test]


def _with_module_fixtures(run: str, tree: ast.Module) -> str:
    """Return the run of a method between ``setUpModule`` and ``tearDownModule``. A runner looks for these in a module;
    tests are in none.
    """
    defined = {node.name for node in tree.body if isinstance(node, _FUNCTION)}
    before = "setUpModule()\n" if "setUpModule" in defined else ""
    if "tearDownModule" in defined:
        run = f"try:\n    {run}\nfinally:\n    tearDownModule()"
    return before + run


def _class_calls(lineage: Sequence[ast.ClassDef]) -> list[str]:
    """Return the calls of a class that pytest would collect: a new object for each method."""
    node = lineage[0]
    parts = {part.name: part for cls in reversed(lineage) for part in cls.body if isinstance(part, _FUNCTION)}
    for part in parts.values():
        if part.name in {"__init__", "setup"} or _is_pytest_fixture(part):
            raise ValueError(f"'{node.name}.{part.name}' needs a test runner; {_INSTEAD}")
    calls: list[str] = []
    for name, part in parts.items():
        if not name.startswith("test"):
            continue
        before = [f"_case = {node.name}()"]
        for fixture in _FIXTURES:
            if fixture in parts:
                takes_method = fixture == "setup_method" and len(parts[fixture].args.args) > 1
                before.append(f"_case.{fixture}({f'_case.{name}' if takes_method else ''})")
        after = [f"_case.{fixture}()" for fixture in ("teardown_method",) if fixture in parts]
        marks = [*_marks(node), *_marks(part)]
        calls += [
            "\n".join([*before, call, *after])
            for call in _function_calls(part, f"_case.{name}", marks, skip=1)
        ]
    return calls


def _function_calls(
    node: ast.FunctionDef | ast.AsyncFunctionDef, name: str, marks: list[ast.expr], skip: int = 0
) -> list[str]:
    """Return the calls of one function: one, or one for each case of its ``parametrize``. ``skip``: 1 for ``self``."""
    if any(_last_name(mark) in _LEFT_OUT for mark in marks):
        return []
    tables = [_table(mark, name) for mark in marks if _last_name(mark) == "parametrize"]
    given = {argument for names, _cases in tables for argument in names}
    args = node.args.posonlyargs + node.args.args
    required = [arg.arg for arg in args[skip : len(args) - len(node.args.defaults)] if arg.arg not in given]
    # another decorator may give it what it takes
    if required and len(_marks(node)) == len(node.decorator_list):
        raise ValueError(f"{name!r} takes {required[0]!r}, which is a fixture of pytest; {_INSTEAD}")
    conditions = [
        f"if {ast.unparse(mark.args[0])}:\n    import unittest\n    raise unittest.SkipTest('skipif')\n"
        for mark in marks
        if isinstance(mark, ast.Call) and _last_name(mark) == "skipif" and mark.args
    ]
    calls = []
    for cases in product(*(cases for _names, cases in tables)):
        passed = [_passed(names, case) for (names, _cases), case in zip(tables, cases, strict=True)]
        call = f"{name}({', '.join(passed)})"
        if isinstance(node, ast.AsyncFunctionDef):
            call = f"import asyncio\nasyncio.run({call})"
        calls.append("".join(conditions) + call)
    return calls


def _marks(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> list[ast.expr]:
    """Return the decorators that only mark a test for its runner."""
    return [
        mark for mark in node.decorator_list if "mark." in ast.unparse(mark) or _last_name(mark) in _LEFT_OUT
    ]


def _is_left_out(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    return any(_last_name(mark) in _LEFT_OUT for mark in node.decorator_list)


def _is_pytest_fixture(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(_last_name(mark) == "fixture" for mark in node.decorator_list)


def _last_name(node: ast.expr) -> str:
    """Return ``c`` of ``a.b.c`` and of ``a.b.c(…)``."""
    target = node.func if isinstance(node, ast.Call) else node
    return (
        target.attr
        if isinstance(target, ast.Attribute)
        else target.id
        if isinstance(target, ast.Name)
        else ""
    )


def _table(mark: ast.expr, function: str) -> tuple[list[str], list[ast.expr]]:
    """Return the names and the cases of one ``parametrize``."""
    if isinstance(mark, ast.Call) and len(mark.args) == 2 and not _has_keyword(mark, "indirect"):
        names, cases = mark.args
        try:
            value = ast.literal_eval(names)
        except ValueError:
            value = None
        listed = [name.strip() for name in value.split(",")] if isinstance(value, str) else value
        if isinstance(listed, list | tuple) and isinstance(cases, ast.List | ast.Tuple):
            left = [case for case in cases.elts if not _has_mark(case)]
            if not any(isinstance(case, ast.Starred) for case in left):
                return list(listed), left
    raise ValueError(
        f"the cases of {function!r} are not written out in its 'parametrize'; write them as a list"
    )


def _has_keyword(call: ast.Call, name: str) -> bool:
    return any(keyword.arg == name for keyword in call.keywords)


def _has_mark(case: ast.expr) -> bool:
    """Whether a case is ``pytest.param(…, marks=…)`` and is skipped or expected to fail."""
    if not (isinstance(case, ast.Call) and _last_name(case) == "param"):
        return False
    return any(mark in ast.unparse(keyword.value) for keyword in case.keywords for mark in ("skip", "xfail"))


def _passed(names: Sequence[str], case: ast.expr) -> str:
    """Return how one case is passed, as keyword arguments."""
    values: list[ast.expr] | None = None
    if isinstance(case, ast.Call) and _last_name(case) == "param":
        values = case.args
    elif len(names) == 1:
        values = [case]
    elif isinstance(case, ast.Tuple | ast.List):
        values = case.elts
    if values is not None and len(values) == len(names):
        return ", ".join(f"{name}={ast.unparse(value)}" for name, value in zip(names, values, strict=True))
    return f"**dict(zip({list(names)!r}, {ast.unparse(case)}))"
