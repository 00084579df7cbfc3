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
        ("0x10", "16", False),
        ("1_0", "10", True),
    ],
)
def test_numbers_within_tolerance(printed, expected, same):
    assert is_same_output(printed, expected, FLOAT) is same
