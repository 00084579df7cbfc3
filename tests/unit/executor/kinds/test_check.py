"""``check(candidate)``: which texts are invalid, and why."""

import pytest

from services.executor.kinds.check import fault_of_check


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("", "holds no statement"),
        ("# nothing", "holds no statement"),
        ("def test(candidate): assert candidate(1) == 2", "defines no function 'check'"),
        ("assert f(1) == 2", "defines no function 'check'"),
        ("async def check(candidate): assert candidate(1)", "never run"),
        ("def check(candidate):\n    'nothing'\n    pass", "holds no statement"),
        ("def check(): assert f(1) == 2", "does not take one argument"),
        ("def check(a, b): assert a(1) == b", "does not take one argument"),
        ("def check(candidate, *, n): assert candidate(n)", "does not take one argument"),
        ("def check(", "SyntaxError"),
        ("def check(candidate):\n    assert candidate(1) == 2\n    yield", "generator"),
        ("def check(candidate): return candidate(2) == 4", "asserts nothing"),
        ("def check(candidate):\n    x = candidate(2)\n    return x", "asserts nothing"),
        ("def check(candidate): print(candidate(2))", "asserts nothing"),
        ("def check(candidate): print(candidate(2) == 4)", "in place of 'print'"),
        ("def check(candidate): candidate(2) == 4", "write 'assert' before it"),
        ("def check(candidate): assert (candidate(2) == 4, 'wrong')", "parentheses"),
    ],
)
def test_what_defines_no_check_says_so(source, words):
    assert words in fault_of_check(source, "")


@pytest.mark.parametrize(
    ("source", "setup"),
    [
        ("def check(candidate): assert candidate(1) == 2", ""),
        ("def check(c, n=1): assert c(n)", ""),
        ("def check(*given): assert given[0]()", ""),
        ("check = lambda candidate: candidate(1)", ""),
        ("from helpers import *", ""),
        ("from helpers import verify as check", ""),
        ("import math", "def check(candidate): assert candidate(1)"),
        ("if 1:\n    def check(candidate): assert candidate(1)", ""),
        ("def check(candidate): candidate(1)", ""),
        ("def check(candidate): return helper(candidate)", ""),
        ("def check(candidate):\n    print('checking')\n    assert candidate(1)", ""),
        (
            "def check(candidate):\n    def cases():\n        yield 1, 2\n    for x, y in cases():\n        assert candidate(x) == y",
            "",
        ),
    ],
)
def test_whatever_may_define_check_is_let_through(source, setup):
    assert fault_of_check(source, setup) == ""
