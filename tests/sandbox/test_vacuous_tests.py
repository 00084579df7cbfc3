"""A test that never looks at the program is invalid; what the program does cannot make a test invalid."""

import pytest

from clients.contract import Limits, OnTimeout, State, Suite
from services.executor.sandbox import Rules
from tests.sandbox.judging import SMALL, holds, outcome, outcomes, results

WRONG = "def f(x): return 'wrong'\ndef g(x): return 1"
RIGHT = "def f(x): return 2 * x\ndef g(x): return 1"

NEVER_ASKS = {
    "a function that is never called": "def helper():\n    assert f(2) == 4\nassert helper",
    "a test class that is never run": "import unittest\nclass T(unittest.TestCase):\n    def test_a(self):\n        assert f(2) == 4\nT('test_a')",
    "a coroutine that is never awaited": "async def main():\n    assert f(2) == 4\nmain()",
    "a generator that is never advanced": "g = (f(x) == 2 * x for x in [1, 2])\nassert g",
    "a runner that finds nothing": "import unittest\nclass T(unittest.TestCase):\n    def test_a(self):\n        assert f(2) == 4\nr = unittest.TestSuite().run(unittest.TestResult())\nassert r.wasSuccessful()",
    "the guard of a script": "if __name__ == '__main__':\n    assert f(2) == 4",
    "a branch that is never taken": "import sys\nif sys.platform == 'win32':\n    assert f(2) == 4",
    "a loop over nothing": "cases = []\nfor x, y in cases:\n    assert f(x) == y",
    "a test of the language": "x = 1 + 1\nassert x == 2",
    "a lambda in a list": "checks = [lambda: f(2) == 4]\nassert all(checks)",
    "a mock that nothing calls": "from unittest.mock import Mock\nm = Mock()\nm.method(lambda: f(2))\nm.method.assert_called_once()",
    "a test that skips itself": "import unittest\nraise unittest.SkipTest('not now')",
    "an early end of a function": "def test():\n    return\n    assert f(2) == 4\ntest()",
}


@pytest.mark.parametrize("test", NEVER_ASKS.values(), ids=NEVER_ASKS)
@pytest.mark.parametrize("state", ["shared", "fresh"])
def test_a_test_that_never_looks_at_the_program_is_invalid(jail, test, state):
    for program in (RIGHT, WRONG, "def g(x): return 1", "x = 1"):
        judged = outcomes(jail, program, test, "assert g(0) == 1", state=state)
        assert judged == ["invalid_test", "passed" if "def g" in program else "runtime_error"]


def test_the_message_says_why(jail):
    (judged,) = results(jail, RIGHT, "def t(): assert f(2) == 4\nassert t")
    assert "never uses the program" in judged.message


LOOKS = {
    "it is called": ("assert f(2) == 4", "passed", "wrong_answer"),
    "it is called in a function": ("def t():\n    assert f(2) == 4\nt()", "passed", "wrong_answer"),
    "it is called by a library": ("assert list(map(f, [2])) == [4]", "passed", "wrong_answer"),
    "only its name is used": ("assert callable(f)", "passed", "passed"),
    "its class is used": ("assert isinstance(f, object)", "passed", "passed"),
    "its text is evaluated": ("f\nassert eval('f(2)') == 4", "passed", "wrong_answer"),
    "it is found by its name": ("f\nassert globals()['f'](2) == 4", "passed", "wrong_answer"),
    "a missing name is forgiven": (
        "try:\n    f\nexcept NameError:\n    pass\nelse:\n    assert f(2) == 4",
        "passed",
        "wrong_answer",
    ),
    "a function of the program is asked for in a class": (
        "class T:\n    def check(self):\n        return f(2)\nassert T().check() == 4",
        "passed",
        "wrong_answer",
    ),
    "a thread asks": (
        "import threading\nout = []\nt = threading.Thread(target=lambda: out.append(f(2)))\nt.start(); t.join()\nassert out == [4]",
        "passed",
        "wrong_answer",
    ),
}


@pytest.mark.parametrize(("test", "right", "wrong"), LOOKS.values(), ids=LOOKS)
def test_a_test_that_looks_at_the_program_is_valid(jail, test, right, wrong):
    assert outcome(jail, RIGHT, test) == right
    assert outcome(jail, WRONG, test) == wrong


@pytest.mark.parametrize("missing", ["x = 1", "def h(x): return 1", "class Other: pass"])
def test_a_program_without_the_name_does_not_make_the_test_invalid(jail, missing):
    """``callable(f)`` raises NameError; the test that forgives it passes, as in plain Python."""
    assert outcome(jail, missing, "assert callable(f)") == "runtime_error"
    assert outcome(jail, missing, LOOKS["a missing name is forgiven"][0]) == "passed"


ESCAPES = [
    "class f:\n    def __new__(cls, x): return 'wrong'",
    "import unittest\ndef f(x): raise unittest.SkipTest('not me')",
    "class f:\n    pass\nf = f()",
    "f = None",
    "f = 5",
    "f = map",
]


@pytest.mark.parametrize("program", ESCAPES)
@pytest.mark.parametrize(
    "test",
    [
        "if isinstance(f, type):\n    pass\nelse:\n    assert f(2) == 4",
        "assert not callable(f) or f(2) == 4",
        "import unittest\nif f is None: raise unittest.SkipTest\nassert f(2) == 4",
        "if f:\n    assert f(2) == 4",
        "try:\n    r = f(2)\nexcept Exception as e:\n    raise e\nassert r == 4",
    ],
)
def test_no_program_makes_a_test_invalid(jail, program, test):
    assert outcome(jail, program, test) != "invalid_test"


@pytest.mark.parametrize(
    ("body", "valid"),
    [
        ("assert candidate(2) == 4", True),
        ("assert callable(candidate)", True),
        ("assert candidate", True),
        ("for x in []:\n        assert candidate(x) == 1", False),
        ("def test_1():\n        assert candidate(2) == 4", False),
        ("x = 1\n    assert x == 1", False),
        ("if False:\n        assert candidate(2) == 4", False),
    ],
)
def test_a_check_that_ignores_its_candidate_is_invalid(jail, body, valid):
    check = f"def check(candidate):\n    {body}\n"
    judged = outcome(jail, RIGHT, check=check, entry_point="f")
    assert judged == ("passed" if valid else "invalid_test")


def test_what_the_setup_asked_counts_where_the_test_uses_it(jail):
    setup = "import math\nfrom math import sqrt\nanswer = f(2)"
    tests = ["assert answer == 4", "assert sqrt(4) == 2 == math.sqrt(4)", "assert f(1) == 2"]
    assert outcomes(jail, RIGHT, *tests, setup=setup) == ["passed", "invalid_test", "passed"]
    assert outcomes(jail, WRONG, *tests, setup=setup) == ["wrong_answer", "invalid_test", "wrong_answer"]


def test_a_helper_of_the_setup_that_asks_counts(jail):
    setup = "def equal(x, y):\n    assert f(x) == y"
    holds(jail, RIGHT, "equal(2, 4)", setup=setup)
    assert outcome(jail, WRONG, "equal(2, 4)", setup=setup) == "wrong_answer"


def test_an_alias_in_the_setup_does_not_make_every_test_a_look(jail):
    tests = ["assert call(2) == 4", "x = 1\nassert x == 1"]
    setup = "try:\n    call = f\nexcept NameError:\n    call = Solution().f"
    for program in (RIGHT, "class Solution:\n    def f(self, x): return 2 * x"):
        assert outcomes(jail, program, *tests, setup=setup) == ["passed", "invalid_test"]


@pytest.mark.parametrize("order", [1, -1])
def test_a_verdict_does_not_depend_on_the_programs_beside_it(jail, order):
    """A program that does not load fails every test, whether or not another one has shown that a test is invalid."""
    tests = ["def t(): assert f(2) == 4\nassert t", "assert f(2) == 4"]
    suite = Suite(id="s", asserts=tests)
    programs = [RIGHT, "raise ValueError", "def f(:", WRONG][::order]
    rules = Rules(Limits(**SMALL), State.SHARED, OnTimeout.CONTINUE)
    judged = {
        programs[judgement.index]: [test.outcome.value for test in judgement.tests]
        for judgement in jail.judge(suite, programs, rules)
    }
    assert judged == {
        RIGHT: ["invalid_test", "passed"],
        WRONG: ["invalid_test", "wrong_answer"],
        "raise ValueError": ["runtime_error"] * 2,
        "def f(:": ["syntax_error"] * 2,
    }


def test_a_skip_behind_a_question_is_no_pass(jail):
    test = "import unittest\nif f(2) != 4: raise unittest.SkipTest('wrong')\nassert f(1) == 2"
    assert outcome(jail, RIGHT, test) == "passed"
    assert outcome(jail, WRONG, test) == "wrong_answer"
