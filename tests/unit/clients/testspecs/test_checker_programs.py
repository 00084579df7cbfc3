"""Checker programs of other shapes become ``check(input, output, expected)``, or are refused with the reason."""

import pytest

from clients.testspecs import UnknownTestSpecError, suite_from
from clients.testspecs.checker_programs import read_checker

IO = {"inputs": ["3 1 2"], "outputs": ["1 2 3"]}
CANONICAL = """
def check(input: str, output: str, expected: str | None) -> bool:
    return sorted(output.split()) == sorted(input.split())
"""
HARDTESTS = """
from collections import Counter

def parse(text):
    return Counter(text.split())

def output_judging_function(input_str: str, candidate_output: str, reference_output: str) -> bool:
    return parse(candidate_output) == parse(input_str) and bool(reference_output)
"""
GENERATED = '''
"""Checks a permutation."""
from __future__ import annotations
import sys

CALLS = 0

def read(path):
    global CALLS
    CALLS += 1
    with open(path) as file:
        return file.read().split()

def main():
    given, correct, printed = map(read, sys.argv[1:4])
    if CALLS != 3 or not correct or sys.argv[0] == "":
        print(0)
        return
    print(1 if sorted(given) == sorted(printed) else 0)

if __name__ == "__main__":
    main()
'''
SCALEBOX = """
import sys

def read_file(path):
    with open(path, "r") as file:
        return file.read().split()

numbers, expected, printed = read_file("stdin.txt"), read_file("stdout.txt"), read_file("answer.txt")
sys.exit(0 if sorted(numbers) == sorted(printed) and expected == sorted(numbers) else 1)
"""
ROWS = {
    "ours": {"checker": CANONICAL},
    "an object": {"checker": {"code": CANONICAL, "language": "Python3"}},
    "HardTests": {"test_cases_kit": {"output_judging_function": HARDTESTS, "input_validator": "def v(): …"}},
    "HardTests, flat": {"output_judging_function": HARDTESTS, "special_judge": True},
    "open-r1": {"generated_checker": GENERATED, "input_mode": "stdio"},
    "ScaleBox": {"extra": {"special_judge_program": SCALEBOX, "special_judge_language": "python"}},
    "in metadata": {"metadata": {"checker": CANONICAL, "spj": "true"}},
    "another order": {
        "custom_checker": "def judge(expected_output, user_output, inp):\n    return sorted(user_output.split()) == sorted(inp.split())"
    },
    "two texts": {
        "checker": "def is_right(stdin, stdout):\n    return sorted(stdout.split()) == sorted(stdin.split())"
    },
}


@pytest.fixture
def in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["pytest"])


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_a_python_checker_of_a_known_shape_judges(in_folder, row):
    for suite in (
        suite_from(IO | row),
        suite_from(IO, row=row),
        suite_from([{"input": "3 1 2", "output": "1 2 3", **row}]),
    ):
        assert (suite.io[0].stdin, suite.io[0].stdout) == ("3 1 2", "1 2 3")
        namespace: dict = {}
        exec(compile(suite.checker, "<checker>", "exec"), namespace)
        check = namespace["check"]
        assert check("3 1 2", "2 1 3", "1 2 3") == 1
        assert check("3 1 2", "2 1 2", "1 2 3") == 0
        assert check("3 1 2", "", "1 2 3") == 0


REFUSED = {
    "C++": ({"checker": '#include "testlib.h"\nint main(int argc, char* argv[]) {}'}, "C++"),
    "C++ in an object": ({"checker": {"code": "using namespace std;", "language": "cpp"}}, "C++"),
    "another language": ({"checker": {"code": "check = 1", "language": "java"}}, "only Python runs here"),
    "a language beside it": (
        {"special_judge_program": SCALEBOX, "special_judge_language": "rust"},
        "only Python",
    ),
    "the name of a file": ({"checker": "checker.py"}, "not the source of a program"),
    "no Python": ({"checker": "compare as sets"}, "not Python source"),
    "nothing judges": ({"special_judge": True}, "no program of the row"),
    "unknown parameters": ({"checker": "def judge(a, b, c):\n    return a == b"}, "which of its parameters"),
    "two outputs": (
        {"checker": "def judge(output, stdout):\n    return output == stdout"},
        "which of its parameters",
    ),
    "order of arguments unknown": ({"checker": GENERATED}, "which of its parameters or files"),
    "two programs": ({"checker": CANONICAL, "generated_checker": GENERATED}, "not alone"),
    "a tolerance as well": ({"checker": CANONICAL, "tolerance": 1e-6}, "not alone"),
    "interactive as well": ({"checker": CANONICAL, "interactor": "x = 1"}, "not alone"),
    "a script that cannot be a function": (
        {"generated_checker": "import sys\nfrom math import *\nprint(len(sys.argv))"},
        "cannot run as a function",
    ),
}


@pytest.mark.parametrize(("row", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_understood_is_refused_with_the_reason(row, words):
    with pytest.raises(UnknownTestSpecError, match="changes which answers are right") as caught:
        suite_from(IO | row)
    assert words in caught.value.reason


def test_a_checker_that_differs_from_test_to_test_is_refused():
    tests = [{"input": "1", "output": "1", "checker": source} for source in (CANONICAL, HARDTESTS)]
    with pytest.raises(UnknownTestSpecError, match="differs from test to test"):
        suite_from(tests)


def test_a_checker_for_calls_of_a_function_is_refused():
    with pytest.raises(UnknownTestSpecError, match="'checker'"):
        suite_from(IO | {"checker": CANONICAL, "fn_name": "f"})


def test_an_explicit_comparison_is_followed():
    suite = suite_from(IO | {"checker": CANONICAL, "comparison": "tokens"})
    assert (suite.checker, suite.comparison.mode) == (None, "tokens")


def test_a_suite_of_ours_keeps_its_checker():
    suite = suite_from(
        {"io": [{"stdin": "1", "stdout": None}], "checker": "def check(a, b, c): return a == b"}
    )
    assert suite.checker == "def check(a, b, c): return a == b"


def test_a_script_that_prints_no_score_has_no_answer(in_folder):
    namespace: dict = {}
    exec(read_checker("generated_checker", "import sys\nsys.exit(len(sys.argv))"), namespace)
    with pytest.raises(ValueError, match="no score"):
        namespace["check"]("", "", None)


def test_scalebox_shape_of_tests():
    spec = {"test_cases": {"type": "stdin_stdout", "input": ["3 1"], "output": ["1 3"], "fn_name": None}}
    suite = suite_from(spec | {"extra": {"special_judge_program": SCALEBOX}})
    assert (suite.size, suite.io[0].stdout) == (1, "1 3")
    assert suite.checker
