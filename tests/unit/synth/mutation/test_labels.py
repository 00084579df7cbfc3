"""Values that programs print, and when they become the expected value of a test."""

import contextlib
import io
import sys

import pytest

from clients.contract import Outcome, Printed, TestResult
from services.synth.mutation.labels import (
    AgreedValue,
    NoValueError,
    agreed_value,
    observing_script,
)


def printed(text, outcome=Outcome.PASSED):
    return TestResult(outcome=outcome, printed=Printed(stdout=text, stderr="", exit_code=0))


def value_of(result):
    return agreed_value([result]).value


def run(program, expression, monkeypatch, setup=""):
    monkeypatch.setattr(sys, "stdin", io.StringIO(expression))
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(observing_script(program, setup), {"__name__": "__main__"})
    return printed(out.getvalue())


def test_the_script_prints_the_value_of_the_expression(monkeypatch):
    program = "def f(x):\n    print('noise', end='')\n    return {'a': [x, \"'\"]}\n"
    assert value_of(run(program, "f(2)", monkeypatch)) == {"a": [2, "'"]}
    assert value_of(run("def f(x):\n    return sqrt(x)\n", "f(4)", monkeypatch, "from math import *")) == 2.0


def test_the_programs_main_part_does_not_run(monkeypatch):
    program = "def f():\n    return 1\nif __name__ == '__main__':\n    input()\n"
    assert value_of(run(program, "f()", monkeypatch)) == 1


@pytest.mark.parametrize(
    "result",
    [
        printed("observed value: 1", Outcome.RUNTIME_ERROR),
        printed("observed value: <object object at 0x1>\n"),
        printed("something\n"),
        printed("observed value: nan\n"),
        TestResult(outcome=Outcome.PASSED),
    ],
)
def test_what_is_no_plain_value(result):
    with pytest.raises(NoValueError):
        value_of(result)


def value(text):
    return printed(f"observed value: {text}\n")


RAISED = printed("", Outcome.RUNTIME_ERROR)


def test_all_programs_must_agree():
    assert agreed_value([value("{2, 1}"), value("{1, 2}")]) == AgreedValue({1, 2}, 2)
    assert agreed_value([value("{2, 1}"), value("{1, 2}"), value("{2, 1}")]) == AgreedValue({1, 2}, 3)
    for results in (
        [value("1"), value("2")],
        [value("1"), value("True")],
        [value("1"), RAISED],
        [value("[0.5]"), value("[0.5]")],
        [],
    ):
        with pytest.raises(NoValueError):
            agreed_value(results)


def test_or_a_share_of_them_which_is_a_majority():
    three_of_four = [value("1"), value("2"), value("1"), value("1")]
    assert agreed_value(three_of_four, 0.75) == AgreedValue(1, 3)
    for results in ([*three_of_four, RAISED], [value("1"), value("2")]):
        with pytest.raises(NoValueError):
            agreed_value(results, 0.7)
