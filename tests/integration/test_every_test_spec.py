"""Judges every shape of ground truth in the real sandbox: the right program passes all tests, the wrong one does not."""

import base64
import json
import pickle
import zlib

import pytest

from clients import Executor
from clients.testspecs import suite_from

ECHO = "print(int(input()) + 1)"
ADD = "def add(a, b):\n    return a + b"
OFF = "def add(a, b):\n    return a + b + 1"
METHOD = "class Solution:\n    def add(self, a, b):\n        return a + b"
CASES = [{"input": "1\n", "output": "2\n"}, {"input": "5\n", "output": "6"}]
FUNCTIONAL = [
    {"input": "[1]\n[2]", "output": "[1, 2]", "testtype": "functional", "metadata": {"func_name": "add"}}
]
CHECK = "def check(candidate):\n    assert candidate(1, 2) == 3\n    assert candidate(0, 0) == 0\n"
CASE = """\
import unittest
class TestCases(unittest.TestCase):
    def setUp(self):
        self.two = 2
    def test_sum(self):
        self.assertEqual(add(1, self.two), 3)
    def test_error(self):
        with self.assertRaises(TypeError):
            add(1, None)
"""


def packed(value):
    return base64.b64encode(zlib.compress(pickle.dumps(value))).decode()


SPECS = {
    "verl stdin": ({"inputs": ["1\n", "5\n"], "outputs": ["2\n", "6\n"]}, ECHO, "print(input())"),
    "verl as text": (json.dumps({"inputs": ["1"], "outputs": ["2"], "fn_name": None}), ECHO, "print(0)"),
    "calls with JSON lines": ({"inputs": ["1\n2", "[1]\n[2]"], "outputs": ["3", "[1, 2]"], "fn_name": "add"}, ADD, OFF),
    "calls with arguments": ({"inputs": [[1, 2], [3, 4]], "outputs": [[3], 7], "fn_name": "add"}, ADD, OFF),
    "calls of a method": ({"inputs": ["1\n2"], "outputs": ["3"], "fn_name": "Solution.add"}, METHOD, OFF),
    "tuples count as lists": ({"inputs": ["[1]"], "outputs": ["[1, [2]]"], "fn_name": "f"}, "def f(x): return (1, (2,))", "def f(x): return 1"),
    "calls with floats": (
        {"inputs": [[0.1, 0.2], [[1], [2]], [{}, 1]], "outputs": [0.3, [1, 2.0], {"a": [0.3]}], "fn_name": "add", "comparison": "float"},
        "def add(a, b):\n    return {'a': (0.1 + 0.2,)} if a == {} else a + b", "def add(a, b):\n    return {'a': 0.3}",
    ),
    "verl asserts": ({"assert_case": ["assert add(1, 2) == 3"]}, ADD, OFF),
    "asserts": (["assert add(1, 2) == 3", "assert add('a', 'b') == 'ab'"], ADD, OFF),
    "open-r1": ({"language": "python", "test_cases": [each | {"type": "stdin_stdout"} for each in CASES]}, ECHO, "print(0)"),
    "open-r1 calls": ({"test_cases": [{"input": [1, 2], "output": 3, "type": "function_call", "fn_name": "add"}]}, ADD, OFF),
    "open-instruct stdio": (CASES, ECHO, "print(0)"),
    "LiveCodeBench": (FUNCTIONAL, ADD, OFF),
    "LiveCodeBench row": (
        {"public_test_cases": json.dumps(FUNCTIONAL), "private_test_cases": packed(json.dumps(FUNCTIONAL)), "metadata": '{"func_name": "add"}'},
        ADD, OFF,
    ),
    "packed": (packed(CASES), ECHO, "print(0)"),
    "ROLL": ([{"stdin": "1", "expected_stdout": "2"}], ECHO, "print(0)"),
    "ROLL asserts": ([{"assert_code": "assert add(1, 2) == 3"}], ADD, OFF),
    "HumanEval": ({"task_id": "H/1", "prompt": "def add(a, b):\n", "test": CHECK, "entry_point": "add"}, ADD, OFF),
    "EvalPlus": (
        {"prompt": "def add(a, b):\n", "canonical_solution": "    return a + b\n", "entry_point": "add", "base_input": [[1, 2], [0.1, 0.2]], "plus_input": [[[1], [2]]], "atol": 1e-6},
        "def add(a, b):\n    return b + a if isinstance(a, float) else a + b", OFF,
    ),
    "BigCodeBench": ({"test": CASE, "entry_point": "add", "code_prompt": ""}, ADD, OFF),
    "MBPP": ({"test_list": ["assert math.isclose(add(1, 2), 3)"], "test_imports": ["import math"], "task_id": 7}, ADD, OFF),
    "KodCode": ("import pytest\nfrom solution import add as plus\n\ndef test_sum():\n    assert plus(1, 2) == 3\n", ADD, OFF),
    "DeepMind's CodeContests": ({"input": ["1\n", "5\n"], "output": ["2\n", "6\n"]}, ECHO, "print(0)"),
    "NeMo-Gym": ({"verifier_metadata": {"unit_tests": {"inputs": ["1"], "outputs": ["2"]}}}, ECHO, "print(0)"),
    "ours": ({"asserts": ["assert add(1, 2) == 3"], "weights": [2]}, ADD, OFF),
}  # fmt: skip


@pytest.fixture(scope="module")
def results(stack):
    """All of them in one request."""
    suites = [suite_from(spec, f"s{at}") for at, (spec, _, _) in enumerate(SPECS.values())]
    from clients import Candidate

    candidates = [
        Candidate(suite=f"s{at}", id=f"{name}: {side}", program=program)
        for at, (name, (_, right, wrong)) in enumerate(SPECS.items())
        for side, program in (("right", right), ("wrong", wrong))
    ]
    with Executor(stack.url) as executor:
        answer = executor.execute(candidates, suites)
    return {result.id: result for result in answer.results}


@pytest.mark.parametrize("name", SPECS)
def test_right_passes_and_wrong_does_not(results, name):
    right, wrong = results[f"{name}: right"], results[f"{name}: wrong"]
    assert right.pass_rate == 1.0, right
    assert wrong.pass_rate is not None, wrong
    assert wrong.pass_rate < 1.0, wrong
