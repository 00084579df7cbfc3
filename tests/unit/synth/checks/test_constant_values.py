"""Constant parts of a test are computed within bounds; what is beyond them is unknown, and is never computed."""

import ast

import pytest

from services.synth.checks.constant_values import Evaluator, Unknown


def value(text):
    return Evaluator(lambda _node: False).value(ast.parse(text, mode="eval").body)


@pytest.mark.parametrize(
    "text",
    [
        "deque([0]) * 10**12",
        "10**12 * deque('ab')",
        "round(5, -10**9)",
        "round(5, ndigits=-10**9)",
        "round(number=5, ndigits=-10**9)",
        "str([" + ", ".join(["['a' * 9999] * 9999"] * 100) + "])",
        "str([['a' * 9999] * 9999] * 9999)",
        "sum([" + ", ".join(["[0] * 9999"] * 300) + "], [])",
        "9**9**9",
        "(2**70000 + 1) ** 2",
        "'%999999999d' % 1",
    ],
)
def test_what_would_take_gigabytes_or_hours_is_unknown(text):
    assert isinstance(value(text), Unknown)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("round(2.567, 2)", 2.57),
        ("round(2.567, ndigits=1)", 2.6),
        ("round(2.5, None)", 2),
        ("[0] * 9999", [0] * 9999),
        ("['ab', 'c'] * 2", ["ab", "c", "ab", "c"]),
        ("3 * (1, [2])", (1, [2], 1, [2], 1, [2])),
        ("str([1, 'a'])", "[1, 'a']"),
        ("sum([[1], [2, 3]], [])", [1, 2, 3]),
        ("Counter('aab')['a'] * 2", 4),
        ("2**100 * 3", 3 * 2**100),
    ],
)
def test_what_a_test_holds_is_computed(text, expected):
    assert value(text) == expected
