"""Turns ground truths of every shape into suites; other objects are refused by name. Judged in tests/integration."""

import numpy as np
import pytest

from clients import Comparison, Suite
from clients.testspecs import SHAPES, UnknownTestSpecError, ground_truth_key, suite_from


@pytest.mark.parametrize(
    ("spec", "wrong"),
    [
        (None, "the ground truth is null, so there are no tests"),
        ("", "the ground truth is an empty text, so there are no tests"),
        ({"asserts": "assert f()"}, "asserts: should be a list of texts, not one text"),
        ({"asserts": ["assert f()"], "check": "x"}, "7: give exactly one of"),
        (3, "type int"),
        (
            {"what": 1, "else": 2},
            "the ground truth is an object with 'what', 'else', which has none of the known shapes",
        ),
        ({}, "no fields"),
        ([], "must be a list of at least one test"),
        ("assert f() == 1", "one text of asserts; give a list"),
        ("f() == 1", "neither JSON"),
        (["assert f()", {"input": ""}], "neither all texts nor all objects"),
        ({"inputs": ["1"], "outputs": []}, "lists of one length"),
        ({"inputs": [], "outputs": []}, "'inputs' is empty"),
        ({"inputs": ["1"], "outputs": ["2"], "fn_name": "a b"}, "'a b' is not a name"),
        ({"inputs": ["x y"], "outputs": ["2"], "fn_name": "f"}, r"inputs\[0\]: 'x y' is not JSON"),
        ([{"input": "1"}], "'output' is missing"),
        ([{"input": "1", "output": "1", "testtype": "functional"}], "neither 'fn_name' nor"),
        (
            [
                {"input": "1", "output": "1", "testtype": "functional"},
                {"input": "", "output": "", "testtype": "stdin"},
            ],
            "several kinds",
        ),
        ({"test": "x = 1", "entry_point": "f"}, "defines no tests"),
        ({"test": "class T(unittest.TestCase): pass", "entry_point": "f"}, "defines no tests"),
        ({"base_input": [], "entry_point": "f", "canonical_solution": ""}, "at least one input"),
        ({"base_input": [[1]], "entry_point": "f"}, "'canonical_solution' is missing"),
        ({"task_id": "T/1", "dataset": "d"}, "no tests are stored for task 'T/1' of 'd'"),
        ({"inputs": ["1"], "outputs": ["1"], "comparison": "roughly"}, "mode"),
        ({"asserts": ["assert f()"], "tsets": 1}, "tsets"),
    ],
)
def test_other_objects_are_refused_by_name_with_the_list_of_shapes(spec, wrong):
    with pytest.raises(UnknownTestSpecError, match=wrong) as caught:
        suite_from(spec, "row 7")
    message = str(caught.value)
    assert message.startswith("row 7: ")
    assert all(shape in message for shape in SHAPES)


def test_a_spec_wrapped_too_often_is_refused():
    spec = ["assert f()"]
    for _ in range(10):
        spec = {"ground_truth": spec}
    with pytest.raises(UnknownTestSpecError, match="more than"):
        suite_from(spec)


def test_the_comparison_is_the_specs_else_the_callers_else_the_default():
    spec = {"inputs": ["1"], "outputs": ["2"]}
    assert suite_from(spec).comparison == Comparison(mode="lines")
    assert suite_from(spec, comparison=Comparison(mode="tokens")).comparison.mode == "tokens"
    own = spec | {"comparison": {"mode": "float", "abs_tol": 0.001}}
    assert suite_from(own, comparison=Comparison(mode="tokens")).comparison.abs_tol == 0.001


def test_equal_ground_truths_have_one_key_whatever_the_order_of_their_fields():
    assert ground_truth_key({"inputs": ["1"], "outputs": ["2"]}) == ground_truth_key(
        {"outputs": ["2"], "inputs": ["1"]}
    )
    assert ground_truth_key(["assert f()"]) != ground_truth_key(["assert g()"])


def test_what_is_referred_to_is_looked_up():
    stored = Suite(id="whatever", asserts=["assert f()"])
    found = suite_from(
        {"task_id": 5, "dataset": "d"}, "s", find=lambda dataset, task: {("d", "5"): stored}[dataset, task]
    )
    assert found == Suite(id="s", asserts=["assert f()"])


def test_calls_keep_json_values_and_what_a_list_of_one_may_mean():
    suite = suite_from({"inputs": ['[1.5, null]\n"a"', [[1]]], "outputs": ["true", [[2]]], "fn_name": "f"})
    assert suite.asserts == [
        "assert _plain(_call([1.5, None], 'a')) == True",
        "assert _plain(_call([1])) in ([[2]], [2])",
    ]
    assert suite.entry_point == "f"


def test_calls_compare_numbers_within_tolerances_where_the_comparison_is_float():
    calls = {"inputs": [[1], [2]], "outputs": [[0.5], 1.5], "fn_name": "f"}
    for suite in (
        suite_from(calls | {"comparison": "float"}),
        suite_from(calls, comparison=Comparison(mode="float")),
    ):
        assert suite.asserts == [
            "_got = _plain(_call(1))\nassert _near(_got, [0.5]) or _near(_got, 0.5)",
            "assert _near(_plain(_call(2)), 1.5)",
        ]
        assert "rel_tol=1e-09, abs_tol=0.0" in suite.setup
    assert suite_from(calls, comparison=Comparison(mode="tokens")) == suite_from(calls)


def test_two_lists_of_inputs_and_outputs_are_a_ground_truth():
    suite = suite_from({"input": ["1\n", "2\n"], "output": ["2\n", "3\n"]})
    assert suite == suite_from({"inputs": ["1\n", "2\n"], "outputs": ["2\n", "3\n"]})
    with pytest.raises(UnknownTestSpecError, match="'input', 'output', which has none of the known shapes"):
        suite_from({"input": "a question", "output": "an answer"})


def test_evalplus_exceptions_to_equality():
    def suite(name, **fields):
        return suite_from({"base_input": [[[1, 2]]], "entry_point": name, "canonical_solution": "", **fields})

    assert "set(_got) == set(_want)" in suite("similar_elements").asserts[0]
    assert "bool(_got) == bool(_want)" in suite("check_str").asserts[0]
    assert "_got ** n" in suite("find_zero", atol=1e-4).asserts[0]
    assert "_close(_got, _want, 0.0)" in suite("other").asserts[0]


def test_the_source_of_a_test_module_is_a_ground_truth():
    source = "from pytest import approx\n\ndef test_a():\n    assert f(1) == approx(1)\n\ndef test_b():\n    assert f(2) == 2\n"
    suite = suite_from(source)
    assert (suite.asserts, suite.setup) == (["test_a()", "test_b()"], source)
    assert suite_from({"test": source, "entry_point": "f"}).asserts == suite.asserts
    with pytest.raises(UnknownTestSpecError, match=r"give \{test, entry_point\}"):
        suite_from("def check(candidate):\n    assert candidate(1) == 1\n")


def test_one_text_of_asserts_is_told_to_be_a_list():
    with pytest.raises(
        UnknownTestSpecError, match=r"s: the ground truth is one text of asserts; give a list of texts"
    ):
        suite_from("assert f(1) == 2\nassert f(2) == 3", "s")


def test_arrays_are_lists_whatever_holds_them():
    tests = np.array(["assert f(1) == 2"], dtype=object)
    of_pandas = {
        "reward_model": 1,
        "ground_truth": {"inputs": np.array(["1", "2"]), "outputs": np.array(["2", "3"])},
    }
    assert suite_from(tests, "s") == suite_from(tests.tolist(), "s")
    assert [test.stdout for test in suite_from(of_pandas, "s").io or ()] == ["2", "3"]
    rows = np.array([{"input": "1", "output": "2"}], dtype=object)
    assert [test.stdin for test in suite_from(rows, "s").io or ()] == ["1"]
    with pytest.raises(UnknownTestSpecError, match=r"of type float"):
        suite_from(np.float64("nan"), "s")


def test_long_arrays_that_differ_in_the_middle_have_different_keys():
    first = np.array([f"assert f({at}) == 1" for at in range(2000)], dtype=object)
    second = first.copy()
    second[1000] = "assert f(1) == 2"
    assert ground_truth_key(first) != ground_truth_key(second)
    assert ground_truth_key(first) == ground_truth_key(first.tolist())
