"""Turns a ground truth of any shape that the field uses into one suite. Pure.

Reads objects and their JSON texts. A ground truth of an unknown shape raises an error that names it; it is never
judged. Nor is one with a field that changes which answers are right (``clients.testspecs.rules``), unless the field is
a checker program that can run here (``clients.testspecs.checker_programs``). The output that a
program prints is compared by the ground truth's own ``comparison``, else by the caller's, else by a suite's default:
frameworks differ, and the choice changes rewards. The table below lists the shapes;
``clients.testspecs.calls`` explains tests that call a function.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from clients.contract import Comparison, IoTest, Isolation, Suite
from clients.contract.validation_errors import summarize_errors
from clients.testspecs.arrays import as_lists, is_array
from clients.testspecs.calls import calls_suite, evalplus_suite
from clients.testspecs.checker_programs import checker_of_rules
from clients.testspecs.checks import is_test_text, split_definitions, suite_of_test_text
from clients.testspecs.packed import unpack
from clients.testspecs.rules import find_rules, refuse_rule

SHAPES = {
    "a list of asserts": "AceCode, open-instruct",
    "a list of {input, output}, with testtype and metadata.func_name, or type and fn_name": "LiveCodeBench, SkyRL",
    "a list of {stdin, expected_stdout} or of {assert_code}": "ROLL",
    "{inputs, outputs, fn_name?}": "verl, APPS, TACO, CodeContests, NeMo-Gym",
    "{input, output} with two lists": "DeepMind's CodeContests",
    "any of these with a checker program in Python": "HardTests, open-r1's Codeforces, ScaleBox",
    "{assert_case}, {test_cases}, {test_list} or {tests}, with one of the lists above": "verl, open-r1, MBPP",
    "{public_test_cases, private_test_cases, metadata}": "LiveCodeBench rows",
    "{test, entry_point} with check(candidate), or tests of unittest or pytest": "HumanEval, BigCodeBench",
    "the source of tests of unittest or pytest, as a text": "one's own",
    "{base_input, plus_input, entry_point, canonical_solution, prompt?, atol?}": "EvalPlus",
    "{task_id, dataset?}, where tests are stored": "by reference",
    "{asserts}, {io} or {check, entry_point}": "a suite of ours",
    "base64 of zlib of a pickle of any of these": "LiveCodeBench, open-instruct",
}
"""Each shape, and who uses it."""

_WRAPPERS = ("ground_truth", "unit_tests", "verification_info", "verifier_metadata", "reward_spec")
_LISTS = ("assert_case", "test_cases", "test_list", "tests")
_RUN_KINDS = frozenset(["stdin", "stdin_stdout"])  # kinds of tests that run the whole program
_ASSERT = re.compile(r"^\s*assert\b", re.MULTILINE)
_MAX_DEPTH = 6  # wrappers and packings within each other; no known data set has more

FindSuite = Callable[[str | None, str], Suite | None]
"""Returns the stored tests of a task, by data set and task id; ``None`` if there are none."""


class UnknownTestSpecError(ValueError):
    """A ground truth that has none of the shapes, or lacks a part of its shape."""

    def __init__(self, name: str, reason: str) -> None:
        shapes = "; ".join(f"{shape} ({user})" for shape, user in SHAPES.items())
        self.reason = reason
        """What is wrong with it, in words."""
        self.reason_with_shapes = f"{reason}. Test specs understood: {shapes}"
        """What is wrong and the known shapes, without the name, for a message that names the ground truth itself."""
        super().__init__(f"{name}: {self.reason_with_shapes}")


def suite_from(
    spec: object,
    suite_id: str = "suite",
    *,
    comparison: Comparison | None = None,
    find: FindSuite | None = None,
    unittest_isolation: Isolation = Isolation.SEPARATE,
    row: Mapping[str, Any] | None = None,
) -> Suite:
    """Return the suite of the ground truth ``spec``; ``find`` looks up tests that it only refers to.

    ``unittest_isolation`` is how classes of unittest beside an ``entry_point`` are judged (BigCodeBench's rows). Many
    of these tests patch or subclass what the program uses, which only the program's own process allows.

    ``row`` is the row of the data set that the ground truth comes from: it may say that equality does not decide.

    Raises:
        UnknownTestSpecError: it has no tests; the message names the suite, what is wrong and the known shapes.
    """
    try:
        builder = _SuiteBuilder(suite_id, comparison, find, unittest_isolation, find_rules(row or {}))
        return builder.suite(spec, _MAX_DEPTH)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnknownTestSpecError(suite_id, _reason_of(error, suite_id)) from None


def ground_truth_key(truth: object) -> str:
    """Return a text that is the same for equal ground truths, so that their candidates can share one suite.

    The order of an object's fields does not matter. Arrays are compared by their items, as lists; what is not JSON
    by its ``str``.
    """
    return json.dumps(
        truth, sort_keys=True, default=lambda value: as_lists(value) if is_array(value) else str(value)
    )


class _SuiteBuilder:
    """Builds one suite from one ground truth."""

    def __init__(
        self,
        suite_id: str,
        comparison: Comparison | None,
        find: FindSuite | None,
        unittest_isolation: Isolation,
        rules: dict[str, Any],
    ) -> None:
        self._id, self._comparison, self._find = suite_id, comparison, find
        self._unittest_isolation = unittest_isolation
        self._rules, self._has_comparison = rules, False
        """Fields that say that equality does not decide, and whether a ``comparison`` says what does."""

    def suite(self, spec: Any, depth: int) -> Suite:  # noqa: ANN401 - any JSON value
        """Build the suite; each shape is recognised by the fields that only it has."""
        if depth == 0:
            raise ValueError(f"the ground truth is wrapped or packed more than {_MAX_DEPTH} times")
        match spec:
            case Suite():
                return self._ruled(spec.model_copy(update={"id": self._id}))
            case None:
                raise ValueError("the ground truth is null, so there are no tests")
            case str() if not spec.strip():
                raise ValueError("the ground truth is an empty text, so there are no tests")
            case str() if is_test_text(spec):
                return suite_of_test_text(self._id, spec, None)
            case str():
                return self.suite(_parsed(spec), depth - 1)
            case Mapping():
                return self._object(spec, depth)
            case list() | tuple():
                return self._list(spec, {})
            case _ if is_array(spec):
                return self.suite(as_lists(spec), depth - 1)
        raise ValueError(f"the ground truth is of type {type(spec).__name__}, which holds no tests")

    def _object(self, spec: Mapping[str, Any], depth: int) -> Suite:  # noqa: C901 - a table of shapes
        spec = {name: as_lists(value) if is_array(value) else value for name, value in spec.items()}
        self._add_rules(spec)
        if "comparison" in spec:
            mode, self._has_comparison = spec["comparison"], True
            self._comparison = Comparison.model_validate({"mode": mode} if isinstance(mode, str) else mode)
        if columns := _columns(spec):
            return self._inputs(*columns, spec.get("fn_name"))
        if "base_input" in spec or "plus_input" in spec:
            return evalplus_suite(self._id, dict(spec))
        if "test" in spec and "entry_point" in spec:
            suite = suite_of_test_text(self._id, spec["test"], spec["entry_point"].strip())
            isolation = self._unittest_isolation if "TestCase" in spec["test"] else Isolation.SEPARATE
            return suite.model_copy(update={"isolation": isolation})
        if "private_test_cases" in spec or "public_test_cases" in spec:
            parts = [spec.get(f"{part}_test_cases") or [] for part in ("public", "private")]
            public, private = [_parsed(part) if isinstance(part, str) else part for part in parts]
            return self._list([*public, *private], spec)
        for name in _LISTS:
            if spec.get(name):
                tests = spec[name]
                return self._list(_parsed(tests) if isinstance(tests, str) else tests, spec)
        for name in _WRAPPERS:
            if spec.get(name):
                return self.suite(spec[name], depth - 1)
        if "task_id" in spec:
            return self._stored(spec.get("dataset"), str(spec["task_id"]))
        if {"asserts", "io", "check"} & spec.keys():
            given = {**spec, "id": self._id}
            if "comparison" in given and self._comparison is not None:
                given["comparison"] = self._comparison.model_dump()
            return self._ruled(Suite.model_validate(given))
        fields = ", ".join(map(repr, list(spec)[:8])) or "no fields"
        raise ValueError(f"the ground truth is an object with {fields}, which has none of the known shapes")

    def _list(self, tests: Any, row: Mapping[str, Any]) -> Suite:  # noqa: ANN401 - any JSON value
        if isinstance(tests, Mapping) and "input" in tests and "output" in tests:
            return self._inputs(tests["input"], tests["output"], tests.get("fn_name"))
        if not isinstance(tests, Sequence) or isinstance(tests, str) or not tests:
            raise ValueError("the tests must be a list of at least one test")
        if all(isinstance(test, str) for test in tests):
            return self._asserts(tests, row)
        if not all(isinstance(test, Mapping) for test in tests):
            raise ValueError("the tests are neither all texts nor all objects")
        if all("assert_code" in test for test in tests):
            return self._asserts([test["assert_code"] for test in tests], row)
        for test in tests:
            self._add_rules(test)
        if all("expected_stdout" in test for test in tests):
            inputs = [test.get("stdin") or "" for test in tests]
            return self._inputs(inputs, [test["expected_stdout"] for test in tests], None)
        inputs, outputs = [test["input"] for test in tests], [test["output"] for test in tests]
        return self._inputs(inputs, outputs, _function(tests, row))

    def _asserts(self, asserts: Sequence[str], row: Mapping[str, Any]) -> Suite:
        setup = row.get("test_setup_code") or "\n".join(row.get("test_imports") or [])
        entry_point = row.get("entry_point") or row.get("fn_name")
        return Suite(id=self._id, setup=setup, asserts=split_definitions(asserts), entry_point=entry_point)

    def _inputs(self, inputs: Any, outputs: Any, function: str | None) -> Suite:  # noqa: ANN401 - any JSON value
        if not isinstance(inputs, list) or not isinstance(outputs, list) or len(inputs) != len(outputs):
            raise ValueError("'inputs' and 'outputs' must be lists of one length")
        if not inputs:
            raise ValueError("'inputs' is empty; give at least one test")
        if self._rules and function:
            raise refuse_rule(next(iter(self._rules)))
        if function:
            return calls_suite(self._id, function, inputs, outputs, self._comparison)
        checker = self._checker() if self._rules and not self._has_comparison else None
        texts = zip(map(_printed, inputs), map(_printed, outputs), strict=True)
        io = [IoTest(stdin=stdin, stdout=stdout) for stdin, stdout in texts]
        if checker is not None:
            return Suite(id=self._id, io=io, checker=checker)
        return Suite(id=self._id, io=io, comparison=self._comparison or Comparison())

    def _ruled(self, suite: Suite) -> Suite:
        """Return a suite with the checker program of the fields beside it, unless it has a comparison already."""
        has_comparison = suite.checker is not None or suite.comparison != Comparison() or self._has_comparison
        if suite.io is None or has_comparison or not self._rules:
            return suite
        return suite.model_copy(update={"checker": self._checker()})

    def _add_rules(self, fields: Mapping[str, Any]) -> None:
        for name, value in find_rules(fields).items():
            if self._rules.setdefault(name, value) != value:
                raise refuse_rule(name, "it differs from test to test")

    def _checker(self) -> str:
        """Return the checker program that the fields hold."""
        try:
            return checker_of_rules(self._rules)
        except ValueError as error:
            raise refuse_rule(next(iter(self._rules)), str(error)) from None

    def _stored(self, dataset: str | None, task_id: str) -> Suite:
        suite = self._find(dataset, task_id) if self._find is not None else None
        if suite is None:
            where = f" of {dataset!r}" if dataset else ""
            raise ValueError(f"no tests are stored for task {task_id!r}{where}")
        return suite.model_copy(update={"id": self._id})


def _columns(spec: Mapping[str, Any]) -> tuple[Any, Any] | None:
    """Return all inputs and all outputs, if an object has them as two fields."""
    if "inputs" in spec and "outputs" in spec:
        return spec["inputs"], spec["outputs"]
    inputs, outputs = spec.get("input"), spec.get("output")
    return (inputs, outputs) if isinstance(inputs, list) and isinstance(outputs, list) else None


def _parsed(text: str) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return json.loads(text)
    except ValueError as json_error:
        try:
            return unpack(text.strip())
        except ValueError as packed_error:
            if _ASSERT.search(text):
                raise ValueError(
                    "the ground truth is one text of asserts; give a list of texts, one for each test"
                ) from None
            raise ValueError(
                f"the ground truth is a text that is neither JSON ({json_error}) nor packed, "
                f"which means base64 of zlib of a pickle ({packed_error})"
            ) from None


def _reason_of(error: Exception, suite_id: str) -> str:
    """Return what is wrong, without the suite's name, which the caller knows."""
    if isinstance(error, KeyError):
        return f"{error} is missing"
    message = summarize_errors(error) if isinstance(error, ValidationError) else str(error)
    return message.removeprefix("body: ").removeprefix(f"suite {suite_id!r}: ")


def _function(tests: Sequence[Mapping[str, Any]], row: Mapping[str, Any]) -> str | None:
    """Return the name of the function that the tests call; ``None`` where they run a program."""
    kinds = {str(test.get("testtype") or test.get("type") or "") for test in tests}
    if kinds <= _RUN_KINDS:
        return None
    if kinds & _RUN_KINDS:
        raise ValueError(f"the tests are of several kinds, {', '.join(sorted(kinds))}; give one kind")
    for source in (tests[0], row):
        metadata = source.get("metadata") or {}
        metadata = json.loads(metadata) if isinstance(metadata, str) else metadata
        name = source.get("fn_name") or metadata.get("func_name")
        if name:
            return str(name)
    if kinds != {""}:
        raise ValueError("the tests call a function that neither 'fn_name' nor 'metadata.func_name' names")
    return None


def _printed(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return a text unchanged, a list as its lines (some data sets store lines so), any other value as JSON."""
    if isinstance(value, list):
        return "\n".join(map(_printed, value))
    return value if isinstance(value, str) else json.dumps(value)
