"""Printed output is compared with expected output by the rule of the suite."""

import pytest

from services.executor.sandbox.guest.checker.kinds.io import is_same_output

FLOAT = {"mode": "float", "rel_tol": 1e-6, "abs_tol": 1e-9}


@pytest.mark.parametrize(
    ("mode", "printed", "expected", "same"),
    [
        ("exact", "a\n", "a\n", True),
        ("exact", "a", "a\n", False),
        ("trailing_newline", "a\n\n", "a", True),
        ("trailing_newline", "a\r\n", "a\n", True),
        ("trailing_newline", "\na", "a", False),
        ("trailing_newline", "a ", "a", False),
        ("lines", "0 1 2 \n", "0 1 2", True),
        ("lines", "0 1 2", "0 1 2 \n", True),
        ("lines", "a\r\nb\r\n", "a\nb\n", True),
        ("lines", "a\nb\r", "a\r\nb", True),
        ("lines", "a \t\nb\n\n  \n", "a\nb", True),
        ("lines", "\n \n", "", True),
        ("lines", "", "\n", True),
        ("lines", " a", "a", False),
        ("lines", "a\n\nb", "a\nb", False),
        ("lines", "\na", "a", False),
        ("lines", "a  b", "a b", False),
        ("lines", "a b", "a\nb", False),
        ("lines", "a\rb", "a\nb", False),
        ("lines", "a\rb", "b", False),
        ("lines", "a\f", "a", False),
        ("lines", "a\u00a0", "a", False),
        ("lines", "a\u2028b", "a\nb", False),
        ("tokens", "a  b\n", "a b", True),
        ("tokens", "ab", "a b", False),
        ("tokens", "", " \n", True),
    ],
)
def test_text(mode, printed, expected, same):
    assert is_same_output(printed, expected, {"mode": mode}) is same


@pytest.mark.parametrize(
    ("printed", "expected", "same"),
    [
        ("1.0000001", "1", True),
        ("1.00001", "1", False),
        ("1e-10", "0", True),
        ("1e-8", "0", False),
        ("yes 1.0", "yes 1", True),
        ("no 1.0", "yes 1", False),
        ("1 2", "1", False),
        ("", "1", False),
        ("nan", "1", False),
        ("nan", "nan", True),
        ("NaN", "nan", False),
        ("inf", "inf", True),
        ("inf", "1e308", False),
        ("100000000000000000000", "100000000000000000001", False),
        ("999999999", "1000000000", False),
        ("1000000000000006", "1000000000000007", False),
        ("-999999999", "-1000000000", False),
        ("-5", "5", False),
        ("99999999_9", "1000000000", False),
        ("1_000_000_000", "1000000000", True),
        ("\uff11\uff10", "10", False),
        ("\u0661", "1", False),
        ("+5", "5", True),
        ("007", "7", True),
        ("-0", "0", True),
        ("9" * 5000, "9" * 5000, True),
        ("0" + "9" * 5000, "9" * 5000, True),
        ("9" * 4999 + "8", "9" * 5000, False),
        ("1000000000.5", "1000000000", True),
        ("1e20", "100000000000000000000", True),
        ("0x10", "16", False),
        ("1_0", "10", True),
    ],
)
def test_numbers_within_tolerance(printed, expected, same):
    assert is_same_output(printed, expected, FLOAT) is same


@pytest.mark.parametrize(
    ("printed", "abs_tol", "same"),
    [("101", 1, True), ("99", 1.5, True), ("102", 1, False), ("101", 0.9, False)],
)
def test_integers_within_a_tolerance_that_is_meant_for_them(printed, abs_tol, same):
    assert is_same_output(printed, "100", {"mode": "float", "rel_tol": 0.5, "abs_tol": abs_tol}) is same
