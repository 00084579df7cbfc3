"""Disagreement of solvers, and tests whose outcomes change between two runs."""

import pytest

from services.synth.filtering.ambiguity import ambiguity, flaky_tests, stable_rows
from tests.unit.synth.filtering.matrices import matrix


def rows(*texts):
    return matrix(*texts).rows


@pytest.mark.parametrize(
    ("programs", "expected"),
    [
        (["11", "11", "11"], 0.0),
        (["10", "01", "11"], 1.0),
        (["11", "11", "10"], pytest.approx(2 / 3)),  # of three pairs one agrees
        (["11", "00", "00", None], None),  # programs that pass nothing say nothing
        ([], None),
    ],
)
def test_ambiguity_is_the_chance_that_two_programs_differ(programs, expected):
    assert ambiguity(rows(*programs)) == expected


def test_a_test_is_flaky_if_most_programs_that_pass_it_change():
    first, second = rows("11", "11", "01"), rows("10", "10", "11")
    assert flaky_tests(first, second) == {1: "2 of 3 programs that pass it fail it in a second run"}


def test_one_program_that_changes_costs_no_test():
    """The fault is the program's: it returns ``list(set(words))``, for example."""
    first, second = rows("11", "11", "11", "11"), rows("00", "11", "11", "11")
    assert flaky_tests(first, second) == {}
    assert stable_rows(first, second)[0] == [False, False]


def test_a_program_without_a_second_verdict_is_judged_by_the_first():
    first, second = rows("11", "1?"), rows(None, "?0")
    assert flaky_tests(first, second) == {}
    assert stable_rows(first, second) == [[True, True], [True, False]]
