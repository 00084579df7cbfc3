"""A ground truth with a field that changes which answers are right is refused by that field's name."""

import json

import pytest

from clients.adapters.columns import ground_truth_of, ground_truths_of
from clients.contract import Comparison, IoTest, Suite
from clients.testspecs import UnknownTestSpecError, suite_from
from clients.testspecs.rules import find_rules

IO = {"inputs": ["1"], "outputs": ["2"]}
SAYS_SO = [
    {"checker": "#include <testlib.h>"},
    {"checker": {"code": "…", "language": "cpp"}},
    {"generated_checker": "import sys"},
    {"special_judge": True},
    {"specialJudge": "yes"},
    {"is_special_judge": 1},
    {"special-judge": "true"},
    {"spj": True},
    {"spj_code": "int main() {}"},
    {"is_interactive": True},
    {"interactive": "true"},
    {"isInteractive": True},
    {"interactor": "…"},
    {"interaction_format": "Print ?"},
    {"output_judging_function": "def output_judging_function(a, b): ..."},
    {"output_validators": ["v.py"]},
    {"custom_checker": "c.py"},
    {"judge_code": "…"},
    {"grader": "g.py"},
    {"compare_func": ["def …"]},
    {"tolerance": 1e-6},
    {"float_tolerance": "1e-6"},
    {"eps": 0.001},
    {"atol": 1e-4},
    {"any_order": True},
    {"order_matters": False},
    {"case_sensitive": "false"},
    {"ignore_case": True},
    {"unordered": 1},
    {"unique_answer": False},
    {"multiple_answers": True},
    {"input_file": "input.txt"},
    {"output_file": "sum.out"},
    {"input_mode": "file"},
    {"tags": ["dp", "interactive"]},
    {"cf_tags": ["Special Judge"]},
    {"problem_type": "interactive"},
    {"metadata": {"special_judge": True}},
    {"metadata": '{"is_interactive": true}'},
]
SAYS_NOTHING = [
    {"checker": None},
    {"checker": ""},
    {"checker": "none"},
    {"special_judge": False},
    {"special_judge": "False"},
    {"is_interactive": 0},
    {"generated_checker": None, "interaction_format": None, "input_mode": "stdio", "output_mode": "stdio"},
    {"input_file": "", "output_file": "stdout"},
    {"input_file": "standard input"},
    {"tolerance": 0},
    {"order_matters": True},
    {"order_matters": None},
    {"case_sensitive": "true"},
    {"tags": ["dp", "graphs"], "type": "stdin"},
    {"metadata": '{"func_name": null}'},
    {"metadata": "no JSON"},
    {"difficulty": "hard", "source": "codeforces", "online_judge": "codeforces", "language": "python"},
    {"validator": "input validator", "time_limit": 2, "starter_code": "x", "num_interactions": 3},
]


@pytest.mark.parametrize("extra", SAYS_SO, ids=str)
def test_it_is_refused_by_the_fields_name(extra):
    name = next(iter(extra)) if "metadata" not in extra else "metadata"
    specs = [IO | extra, {"verification_info": IO, **extra}, {"ground_truth": json.dumps(IO | extra)}]
    specs += [{"test_cases": [{"input": "1", "output": "2"}], **extra}, {"fn_name": "f", **IO, **extra}]
    for spec in specs:
        with pytest.raises(UnknownTestSpecError, match="changes which answers are right") as caught:
            suite_from(spec, "row")
        assert f"'{name}" in caught.value.reason
    with pytest.raises(UnknownTestSpecError, match=name):
        suite_from([{"input": "1", "output": "2", **extra}])
    with pytest.raises(UnknownTestSpecError, match=name):
        suite_from(IO, row=extra)


@pytest.mark.parametrize("extra", SAYS_NOTHING, ids=str)
def test_what_says_nothing_changes_nothing(extra):
    assert find_rules(extra) == {}
    assert suite_from(IO | extra, "s") == suite_from(IO, "s")
    assert suite_from({"verification_info": IO, **extra}, "s") == suite_from(IO, "s")
    assert suite_from(IO, "s", row=extra) == suite_from(IO, "s")


@pytest.mark.parametrize("extra", SAYS_SO, ids=str)
def test_tests_that_are_code_decide_themselves(extra):
    code = {"test_list": ["assert f(1) in (2, 3)"]}
    assert suite_from(code | extra, "s") == suite_from(code, "s")


def test_an_explicit_comparison_says_how():
    spec = IO | {"tolerance": 1e-6, "comparison": {"mode": "float", "abs_tol": 1e-6}}
    assert suite_from(spec).comparison.mode == "float"
    with pytest.raises(UnknownTestSpecError, match="tolerance"):
        suite_from(spec | {"fn_name": "f"})


def test_evalplus_has_its_own_tolerance():
    spec = {"base_input": [[1]], "entry_point": "f", "canonical_solution": "def f(x): return x", "atol": 1e-6}
    assert suite_from(spec).size == 1


@pytest.mark.parametrize(
    "extra", [{"special_judge": [False, True]}, {"checker": ["", "c.cpp"]}, {"is_interactive": [None, True]}]
)
def test_adapters_look_at_the_columns_beside_the_tests(extra):
    first, second = ground_truths_of({"tests": [IO, IO], **extra})
    assert suite_from(first) == suite_from(IO)
    with pytest.raises(UnknownTestSpecError, match="changes which answers are right"):
        suite_from(second)
    fine = {"special_judge": [False, None], "tags": [["interactive"]], "checker": ["", ""]}
    assert ground_truths_of({"tests": [IO, IO], **fine}) == [IO, IO]


def test_a_column_that_has_not_one_value_a_row_is_refused():
    for extra in ({"checker": "c.cpp"}, {"is_interactive": [True]}):
        with pytest.raises(ValueError, match="not one value for each of 2 rows"):
            ground_truths_of({"tests": [IO, IO], **extra})


CHECKER = (
    "def check(input, output, expected):\n    return sorted(output.split()) == sorted(expected.split())\n"
)
OURS = Suite(id="own", io=[IoTest(stdin="3 1", stdout="1 3")])
SHAPES = {
    "inputs and outputs": IO,
    "a suite of ours": OURS,
    "its fields": OURS.model_dump(mode="json", exclude_defaults=True),
    "its text": OURS.model_dump_json(exclude_defaults=True),
}


@pytest.mark.parametrize("truth", SHAPES.values(), ids=SHAPES)
def test_adapters_carry_a_column_of_checker_programs(truth):
    batch = ground_truths_of({"tests": [truth, truth], "checker": [CHECKER, None], "language": ["py", "py"]})
    assert [suite_from(one).checker for one in batch] == [CHECKER, None]
    assert suite_from(ground_truth_of({"tests": truth, "checker": CHECKER})).checker == CHECKER
    assert ground_truth_of({"tests": truth, "checker": ""}) == truth


def test_a_suite_that_says_itself_how_it_is_judged_keeps_it():
    tolerant = OURS.model_copy(update={"comparison": Comparison(mode="float", abs_tol=1e-6)})
    assert suite_from(ground_truth_of({"tests": tolerant, "checker": CHECKER})).checker is None
