"""Python that does not compile is described, whatever it contains, and never raises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.executor.kinds.python_source import MAX_SOURCE_CHARS, compile_fault


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


def test_warnings_of_a_test_are_its_own():
    assert compile_fault(r"assert '\d'") == ""
    assert compile_fault("assert (1, 'always')") == ""
