"""Numbers are written as a reader expects them."""

import pytest

from loop.report.numbers import duration, interval, points, size
from loop.results import Share


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.313, "+31.3"), (-0.0872, "−8.7"), (0.0001, "0.0"), (-0.0001, "0.0"), (0.0, "0.0")],
)
def test_points_have_a_sign_unless_they_are_nothing(value, expected):
    assert points(value) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, "parameters not counted"),
        (53_000, "53,000 parameters"),
        (935_040, "0.9 M parameters"),
        (3_141_592, "3.1 M parameters"),
        (494_032_768, "0.5 B parameters"),
        (7_615_616_512, "7.6 B parameters"),
    ],
)
def test_sizes_of_models(number, expected):
    assert size(number) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(2.17, "2.2 s"), (59.6, "1 min 00 s"), (48, "48 s"), (1225, "20 min 25 s"), (7500, "2 h 05 min")],
)
def test_durations(seconds, expected):
    assert duration(seconds) == expected


def test_a_share_without_an_interval_has_none():
    assert interval(Share(mean=0.5, questions=3)) == ""
