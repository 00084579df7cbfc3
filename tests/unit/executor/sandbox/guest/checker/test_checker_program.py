"""A checker program that may run an output as code is known by what it names."""

import pytest

from services.executor.sandbox.guest.checker.checker_program import CheckerProgram

CHECK = "def check(input, output, expected):\n    return {}\n"


@pytest.mark.parametrize(
    "source",
    [
        CHECK.format("eval(output) == eval(expected)"),
        "import pickle\n" + CHECK.format("pickle.loads(output.encode()) == 1"),
        "import sympy\n" + CHECK.format("sympy.simplify(output) == sympy.simplify(expected)"),
        "from sympy import expand as e\n" + CHECK.format("e(output) == 1"),
    ],
)
def test_it_may_run_an_output_as_code(source):
    assert CheckerProgram(source).evaluates


@pytest.mark.parametrize(
    "source",
    [
        CHECK.format("output.split() == expected.split()"),
        "import re, ast\n" + CHECK.format("ast.literal_eval(output) == 1 and re.compile('x')"),
    ],
)
def test_it_only_compares(source):
    assert not CheckerProgram(source).evaluates
