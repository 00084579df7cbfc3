"""Tests that import the program's file, as those of KodCode do, are judged as those that use its names without an import."""

import pytest

from clients.contract import Limits, Suite
from clients.testspecs import suite_from
from services.executor.sandbox import Rules
from tests.sandbox.judging import SMALL

RIGHT = "def gcd(a, b):\n    return a if not b else gcd(b, a % b)\ndef double(x):\n    return 2 * x\n"
WRONG = "def gcd(a, b):\n    return 1\ndef double(x):\n    return x\n"
MISSING = "from math import gcd\n"
FILE = """
import pytest
from solution import gcd, double as twice
import solution

def test_gcd():
    assert gcd(4, 6) == 2

@pytest.mark.parametrize("x,expected", [(1, 2), (3, 6)])
def test_double(x, expected):
    assert twice(x) == expected == solution.double(x)
"""


def _judged(sandbox, suite):
    judged = {}
    for judgement in sandbox.judge(suite, [RIGHT, WRONG, MISSING], Rules(Limits(**SMALL))):
        assert not judgement.fault
        judged[judgement.index] = [test.outcome.value for test in judgement.tests]
    return [judged[index] for index in range(3)]


@pytest.mark.parametrize("isolation", ["separate", "same_process"])
def test_a_file_of_tests_for_a_runner(jail, isolation):
    suite = suite_from(FILE)
    suite = Suite(id="s", setup=suite.setup, asserts=suite.asserts, isolation=isolation)
    right, wrong, missing = _judged(jail, suite)
    assert right == ["passed"] * 3
    assert wrong == ["wrong_answer"] * 3
    assert "passed" not in missing[1:]


@pytest.mark.parametrize("isolation", ["separate", "same_process"])
def test_an_import_in_each_test(jail, isolation):
    asserts = [
        "from solution import gcd\nassert gcd(4, 6) == 2",
        "import solution as s\nassert s.double(2) == 4",
        "from solution import *\nassert double(4) == 8",
    ]
    right, wrong, _missing = _judged(jail, Suite(id="s", asserts=asserts, isolation=isolation))
    assert right == ["passed"] * 3
    assert wrong == ["wrong_answer"] * 3


def test_what_is_imported_from_the_program_is_not_the_librarys(jail):
    """``math.gcd`` must not answer for a program that only imports it: the name is declared to be the program's."""
    suite = Suite(id="s", asserts=["from solution import gcd, isclose\nassert isclose(gcd(4, 6), 3)"])
    program = "def gcd(a, b): return 3\ndef isclose(a, b): return a == b\n"
    (judgement,) = jail.judge(suite, [program], Rules(Limits(**SMALL)))
    assert [test.outcome.value for test in judgement.tests] == ["passed"]
