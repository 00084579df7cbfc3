"""Which tests compile: found without ever raising, whatever they contain."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.contract import IoTest, Suite
from services.executor.suites import MAX_SOURCE_CHARS, check_suite, compile_fault


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
