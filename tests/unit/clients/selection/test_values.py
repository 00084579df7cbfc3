"""Checks the rules that use what programs return, on matrices small enough to check by hand."""

import pytest

from clients import CandidateResult, Outcome, Status, TestResult
from clients.selection.consensus import passed
from clients.selection.values import max_pass, overlap, returned


def values(*texts):
    """Make rows of cells: a letter is a returned value, ``!`` an exception, ``-`` an invalid test."""
    cells = {"!": (False, "!"), "-": None}
    return [[cells.get(cell, (True, cell)) for cell in text] if text else None for text in texts]


def passes(*texts):
    return [[{"1": True, "0": False, "-": None}[cell] for cell in text] if text else None for text in texts]


def test_clusters_get_the_support_of_those_that_return_the_same_on_some_inputs():
    found = overlap(values("aab", "aab", "aac", "xyz"), passes("110", "110", "111", "001"))
    # Supports: 2 programs × 2 tests, 1 × 3, 1 × 1. The first two clusters overlap on two of three tests.
    assert [(group.programs, group.tests) for group in found.groups] == [
        ([0, 1], [0, 1]),
        ([2], [0, 1, 2]),
        ([3], [2]),
    ]
    assert [group.score for group in found.groups] == pytest.approx([4 + 3 * 2 / 3, 3 + 4 * 2 / 3, 1])
    assert sum(group.belief for group in found.groups) == pytest.approx(1)


def test_programs_that_pass_the_same_and_return_different_values_are_two_clusters():
    found = overlap(values("ab", "ab", "ac"), passes("10", "10", "10"))
    assert found.best == [0, 1]


def test_exceptions_make_no_overlap_and_programs_that_only_raise_have_no_support():
    found = overlap(values("a!", "b!", "!!", ""), passes("10", "10", "00", ""))
    assert [group.score for group in found.groups] == [1, 1]
    assert (found.unsupported, found.unscorable) == ([2], [3])


def test_weights_count_in_support_and_overlap_and_invalid_tests_in_neither():
    found = overlap(values("aa-", "ab-"), passes("11-", "10-"), [1, 3, 5])
    assert [group.score for group in found.groups] == pytest.approx([4 + 1 / 9, 1 + 4 / 9])


def test_the_order_of_programs_changes_no_score():
    rows, bits = values("aab", "abb", "bab", "bbb"), passes("110", "100", "010", "001")
    straight = overlap(rows, bits)
    reversed_ = overlap(rows[::-1], bits[::-1])
    assert straight.scores() == reversed_.scores()[::-1]


def test_max_pass_is_the_weight_of_the_passed_tests():
    assert max_pass(passes("101", "", "0-1"), [1, 2, 4]) == [5, None, 4]


def result(*tests):
    return CandidateResult(
        id="c",
        index=0,
        suite="s",
        status=Status.JUDGED,
        tests=[TestResult(outcome=outcome, value_hash=value) for outcome, value in tests],
    )


def test_results_become_values():
    judged = result(
        (Outcome.PASSED, "aa"),
        (Outcome.WRONG_ANSWER, "bb"),
        (Outcome.RUNTIME_ERROR, "cc"),
        (Outcome.TIME_LIMIT, None),
        (Outcome.PASSED, None),
        (Outcome.INVALID_TEST, None),
    )
    lost = CandidateResult(id="c", index=1, suite="s", status=Status.UNSCORABLE)
    assert returned([judged, lost]) == [
        [(True, "aa"), (True, "bb"), (False, "cc"), (False, "time_limit"), (True, "passed"), None],
        None,
    ]
    assert overlap(returned([judged, lost]), passed([judged, lost])).best == [0]


@pytest.mark.parametrize(
    ("rows", "bits", "weights"),
    [
        (values("ab"), passes("1"), None),
        (values("a"), passes("1", "0"), None),
        (values("a"), passes("1"), [1, 1]),
    ],
)
def test_what_does_not_fit_is_refused(rows, bits, weights):
    with pytest.raises(ValueError, match="give"):
        overlap(rows, bits, weights)
