"""Answers that are compared without running their test have the outcomes, messages and hashes that the test gives."""

import pytest

from clients.contract import Limits, Suite
from services.executor.sandbox import Rules
from tests.sandbox.judging import SMALL

PROGRAM = """
import decimal, math, fractions, collections
class Own:
    def __repr__(self): return "Own()"
class Number(int): pass
Point = collections.namedtuple("Point", "x y")
HELD = [1]
ANSWERS = [
    2, 2.0, True, None, "2", "text {", [1, 2], (1, 2), [1, [2.5, None]], {1: 2}, {1, 2}, b"2", 1j, 10**5000,
    float("nan"), math.nan, [math.nan], float("inf"), decimal.Decimal(2), decimal.Decimal("sNaN"),
    fractions.Fraction(2), range(2), ..., int, len, Own, Own(), [Own()], Number(2), Point(1, 2), HELD, print,
    collections.Counter([1]), bytearray(b"2"), frozenset({1, 2}), [], "", 0,
]
def f(number):
    if number == 11:
        raise ValueError("eleven")
    return ANSWERS[number]
def size(): return len(ANSWERS)
"""
SETUP = "import math\nLIMIT = 5\ndef helper(x):\n    return x"
SIZE = 38


def judged(jail, form, expected, values):
    tests = [form.format(call=f"f({number})", expected=expected) for number in range(SIZE)]
    suite = Suite(id="s", asserts=tests, setup=SETUP)
    (judgement,) = jail.judge(suite, [PROGRAM], Rules(Limits(**SMALL), values=values))
    assert not judgement.fault
    return [(test.outcome, test.message, test.rests_on_program, test.value_hash) for test in judgement.tests]


@pytest.mark.parametrize(
    ("form", "same"),
    [
        ("assert {call} == {expected}", "assert ({call} == {expected}) and True"),
        ("assert {call} == {expected}, 'why'", "assert ({call} == {expected}) and True, 'why'"),
        ("assert {call}", "assert {call} and True"),
        ("assert not {call}", "assert (not {call}) and True"),
    ],
)
@pytest.mark.parametrize("expected", ["2", "[1, 2]", "(1, 2)", "'2'", "{1: 2}", "None"])
def test_outcomes_are_those_of_the_same_test_written_in_another_way(jail, form, same, expected):
    compared = judged(jail, form, expected, values=True)
    assert compared == judged(jail, same, expected, values=True)
    assert len({outcome for outcome, *_rest in compared}) >= 3
    assert compared[0][3] is not None
