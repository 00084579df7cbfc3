"""What the posterior believes, in cases whose order a reader can check by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.contract import TestDrop
from services.synth.filtering.posterior import TestPrior, beliefs_in_tests, decide_by_posterior
from tests.unit.synth.filtering.matrices import dropped, matrix


def beliefs(*rows, prior=None):
    return beliefs_in_tests(matrix(*rows), prior or TestPrior()).probabilities


def test_agreement_of_more_programs_is_more_evidence():
    one, two, eight = (beliefs(*["1110"] * count) for count in (1, 2, 8))
    assert 0.7 < one[0] < two[0] < eight[0] < 1
    assert one[3] > two[3] > eight[3] > 0


def test_a_test_that_all_programs_fail_is_improbable_and_not_impossible():
    assert beliefs(*["0000"] * 8) == pytest.approx([0.14] * 4, abs=0.01)


def test_a_test_that_all_programs_pass_is_nearly_certain():
    assert beliefs(*["1111"] * 8) == pytest.approx([0.99] * 4, abs=0.01)


def test_rival_groups_leave_their_tests_undecided():
    decisions = decide_by_posterior(matrix("1100", "1100", "1010", "1001"))
    assert dropped(decisions) == [None, *[TestDrop.UNDECIDED] * 3]
    assert decisions[1].probability > decisions[2].probability
    assert decisions[1].detail == "2 of 4 programs pass it"


def test_repeating_a_test_adds_less_than_new_tests_do():
    """A group that passes five tests which all programs of the other group fail; once they have one column."""
    repeated = beliefs("1" + "1" * 5 + "000", "1" + "1" * 5 + "000", "1" + "0" * 5 + "110")
    weighed_alone = beliefs(
        "1" + "1" * 5 + "000",
        "1" + "1" * 5 + "000",
        "1" + "0" * 5 + "110",
        prior=TestPrior(duplicates=1.0),
    )
    assert repeated[1] < weighed_alone[1]


def test_unknown_cells_and_programs_without_a_verdict_are_no_evidence():
    assert beliefs("110", None, "110", "???") == beliefs("110", "110")


def test_no_program_is_right_if_none_agrees_with_another():
    scattered = beliefs_in_tests(matrix("10000", "01000", "00100", "00010"), TestPrior())
    agreeing = beliefs_in_tests(matrix("11100", "11100", "11100", "00010"), TestPrior())
    assert scattered.no_program_right > 0.4 > 0.3 > agreeing.no_program_right


@given(
    st.integers(1, 6).flatmap(
        lambda tests: st.lists(
            st.lists(st.sampled_from("10?"), min_size=tests, max_size=tests).map("".join),
            min_size=1,
            max_size=7,
        )
    )
)
def test_beliefs_are_probabilities_and_do_not_depend_on_the_order_of_programs(rows):
    if all(set(row) == {"?"} for row in rows):
        return
    values = beliefs(*rows)
    assert all(0 < value < 1 for value in values)
    assert beliefs(*rows[::-1]) == pytest.approx(values)
