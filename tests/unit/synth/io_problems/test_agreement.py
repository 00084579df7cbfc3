"""The output that most solvers print is the label, under the question's comparison."""

import pytest

from clients.contract import Comparison
from services.synth.io_problems.agreement import Label, is_numeric, is_same, label_of

LINES = Comparison()


def test_the_largest_group_gives_the_label():
    label = label_of(["1\n", None, "2\n", "2 \n\n", "3"], LINES)
    assert (label.output, label.agreeing, label.answering) == ("2\n", (2, 3), 4)
    assert label.alternatives == ("1\n", "3")
    assert label_of(["1", "2"], LINES).output == "1"
    assert label_of([None, None], LINES) == Label(None)
    assert label_of(["", "", "1"], LINES).output == ""


@pytest.mark.parametrize(
    ("mode", "left", "right", "same"),
    [
        ("lines", "1 2 \r\n\n", "1 2", True),
        ("lines", "1\n2", "1 2", False),
        ("exact", "1\n", "1", True),
        ("tokens", "1\n2", "1 2", True),
        ("tokens", "1.0", "1", False),
        ("float", "0.3333333333 x", "0.3333333334 x", True),
        ("float", "1.0", "1", True),
        ("float", "1000000000", "1000000001", False),
        ("float", "1e9", "1000000001", True),
        ("float", "x", "y", False),
        ("float", "1 2", "1", False),
        ("float", "nan", "0.5", False),
    ],
)
def test_outputs_are_compared(mode, left, right, same):
    comparison = Comparison(mode=mode, rel_tol=1e-6, abs_tol=1e-6)
    assert is_same(left, right, comparison) is same
    assert is_same(right, left, comparison) is same


def test_outputs_with_fractions_are_numeric():
    assert is_numeric(["3", "2.5 x"])
    assert not is_numeric(["3", "a.b", "..."])
