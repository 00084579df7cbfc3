"""A second run without the program's names shows whether a test looks at the program."""

import unittest

import pytest

from services.executor.sandbox.guest.checker.vacuity import (
    CANDIDATE,
    NEVER_ASKS,
    SKIPS_ITSELF,
    SecondRun,
    is_skip,
    reason_behind_setup,
)


def code(text):
    return compile(text, "<test>", "exec")


def reason(test, *setup, error=None, names=("f",)):
    second_run = SecondRun([code(text) for text in setup], {}, names)
    assert not second_run.setup_looks()
    return second_run.reason(code(test), error)


@pytest.mark.parametrize(
    "test",
    [
        "x = 1",
        "def t(): f(2)",
        "[lambda: f(2)]",
        "for x in []: f(x)",
        "import math\nassert math.pi > 3",
        "async def t(): f(1)\nt()",
    ],
)
@pytest.mark.filterwarnings("ignore:coroutine")
def test_what_looks_up_no_name_of_the_program_is_vacuous(test):
    assert reason(test) == NEVER_ASKS


@pytest.mark.parametrize(
    "test",
    [
        "f",
        "f(2)",
        "def t(): f(2)\nt()",
        "try:\n    f\nexcept BaseException:\n    pass",
        "class T:\n    def m(self): return f\nT().m()",
        "list(x for x in [1] if f)",
        "eval('f')",
        "globals()['f']",
        "def f2(): pass\nf2.__globals__['f']",
        "x = 1\nassert callable(x)",
    ],
)
def test_what_looks_one_up_is_valid_even_if_it_catches_everything(test):
    assert reason(test) == ""


def test_a_name_that_the_setup_binds_again_is_not_the_programs():
    assert reason("f(2)", "def f(x): return x") == NEVER_ASKS


def test_a_second_run_that_ends_otherwise_proves_nothing():
    assert reason("raise ValueError") == ""
    assert reason("x = 1", error=ValueError()) == ""
    assert reason("import unittest\nraise unittest.SkipTest", error=unittest.SkipTest()) == SKIPS_ITSELF


@pytest.mark.parametrize(
    "use",
    ["c(2)", "c == 1", "c.x", "isinstance(c, int)", "callable(c)", "bool(c)", "hash(c)", "str(c)", "type(c)"],
)
def test_every_use_of_the_candidate_is_a_look(use):
    assert reason(f"check({CANDIDATE})", f"def check(c):\n    {use}") == ""


def test_a_candidate_that_is_only_passed_around_is_not_looked_at():
    assert reason(f"check({CANDIDATE})", "def check(c):\n    def t(): c(2)\n    x = [c, t]") == NEVER_ASKS


@pytest.mark.parametrize(
    ("test", "reason"),
    [
        ("assert answer", ""),
        ("assert f(2)", ""),
        ("assert math.pi", NEVER_ASKS),
        ("x = 1", NEVER_ASKS),
        ("eval('answer')", ""),
    ],
)
def test_behind_a_setup_that_looks_only_names_count(test, reason):
    setup = "import math\nfrom math import sqrt\nanswer = f(2)"
    assert SecondRun([code(setup)], {}, ["f"]).setup_looks()
    names = {"f": lambda x: 2 * x}
    exec(setup, names)
    assert reason_behind_setup(code(test), [code(setup)], names, ["f"]) == reason


def test_a_skip():
    assert is_skip(unittest.SkipTest())
    assert not is_skip(ValueError())
    assert not is_skip(None)
