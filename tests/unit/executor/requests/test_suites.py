"""Which tests compile: found without ever raising, whatever they contain."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.contract import IoTest, Suite
from services.executor.requests.suites import (
    MAX_SOURCE_CHARS,
    check_suite,
    compile_fault,
    fault_of_assert,
    fault_of_check,
)


@pytest.mark.parametrize(
    "source",
    [
        "assert (",
        "return 1",
        "a\0b",
        "(" * 10_000,
        "-" * 100_000 + "1",
        "x" + ".y" * 60_000,
        "\ud800",
        "yield",
    ],
    ids=["syntax", "return", "NUL", "parentheses", "minus", "attributes", "surrogate", "yield"],
)
def test_what_is_not_a_test_says_why(source):
    assert compile_fault(source)


def test_what_is_too_long_is_not_even_tried():
    assert "longer" in compile_fault("a" * (MAX_SOURCE_CHARS + 1))


@given(st.text())
def test_any_text_is_answered(source):
    assert isinstance(compile_fault(source), str)


def test_only_the_tests_that_compile_are_run():
    checked = check_suite(Suite(id="s", asserts=["assert a", "assert (", "assert b"], weights=[1, 2, 3]))
    assert list(checked.invalid) == [1]
    assert checked.runnable.asserts == ["assert a", "assert b"]
    assert checked.info().invalid_tests == [1]
    assert len(checked.info().test_hashes) == 3


def test_a_setup_that_does_not_compile_takes_every_test_with_it():
    assert set(check_suite(Suite(id="s", asserts=["1", "2"], setup="import")).invalid) == {0, 1}


def test_printed_tests_need_no_compiling():
    assert not check_suite(Suite(id="s", io=[IoTest(stdin="(", stdout=")")])).invalid


def test_warnings_of_a_test_are_its_own():
    assert compile_fault(r"assert '\d'") == ""
    assert compile_fault("assert (1, 'always')") == ""


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("", "holds no statement"),
        ("  \n\n", "holds no statement"),
        ("# assert f(1) == 2", "holds no statement"),
        ("pass", "holds no statement"),
        ("'assert f(1) == 2'", "holds no statement"),
        ("f(1) == 2", "write 'assert' before it"),
        ("assert (f(1) == 2, 'wrong')", "take the parentheses away"),
    ],
)
def test_what_every_program_passes_is_no_test(source, words):
    assert words in fault_of_assert(source)


@pytest.mark.parametrize(
    "source", ["assert f()", "f()", "x = f()\nassert x", "with raises(ValueError):\n    f()", "assert ()"]
)
def test_what_a_program_can_fail_is_a_test(source):
    assert fault_of_assert(source) == ""


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
    ],
)
def test_whatever_may_define_check_is_let_through(source, setup):
    assert fault_of_check(source, setup) == ""


def test_a_test_without_a_statement_counts_for_nobody():
    checked = check_suite(Suite(id="s", asserts=["assert a", "", "# later"]))
    assert list(checked.invalid) == [1, 2]
    assert checked.runnable.asserts == ["assert a"]
    assert check_suite(Suite(id="s", check="x = 1", entry_point="f")).invalid
