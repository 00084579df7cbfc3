"""Checks each rule of consensus on matrices small enough to check by hand."""

from math import lgamma, sqrt

import pytest

from clients import CandidateResult, Status, TestResult
from clients.selection.consensus import Prior, agreement, majority, passed, posterior


def rows(*texts):
    """Make rows: ``1`` passed, ``0`` not passed, ``-`` unknown; an empty text is no verdict."""
    return [[{"1": True, "0": False, "-": None}[cell] for cell in text] if text else None for text in texts]


def test_agreement_weighs_programs_by_their_root_and_tests_by_their_number():
    found = agreement(rows("1100", "1100", "0011", "1110", "0000"))
    assert [(group.programs, group.tests) for group in found.groups] == [
        ([3], [0, 1, 2]),
        ([0, 1], [0, 1]),
        ([2], [2, 3]),
    ]
    assert [group.score for group in found.groups] == [3, 2 * sqrt(2), 2]
    assert (found.best, found.unsupported) == ([3], [4])
    assert found.scores() == [2 * sqrt(2), 2 * sqrt(2), 2, 3, None]


def test_a_test_imagined_often_counts_as_often():
    matrix = rows("1100", "0011")
    assert agreement(matrix).best == [0, 1]  # a tie stays a tie
    assert agreement(matrix, [1, 1, 1, 2]).best == [1]
    assert posterior(matrix, [1, 1, 1, 2]).best == [1]
    assert posterior(rows("10", "10", "11"), [1, 0]).groups[0].tests == [0]


def test_the_larger_group_of_equal_outputs_wins_by_majority():
    found = majority(["a", "b", None, "b", "a", "c"])
    assert [group.programs for group in found.groups] == [[0, 4], [1, 3], [5]]
    assert (found.best, found.unscorable) == ([0, 1, 3, 4], [2])
    assert [group.belief for group in found.groups] == [0.4, 0.4, 0.2]
    assert majority([None]).best == []


def test_trivial_tests_do_not_mislead_the_posterior():
    """Four programs agree on what nearly all pass; two agree on tests that no other program passes."""
    matrix = rows(*["11000"] * 4, *["11111"] * 3, *["10000"] * 4)
    assert posterior(matrix).best == [4, 5, 6]


def reference(matrix, alpha, beta):
    """B4's formula cell by cell, as in the paper, without weights or unknown cells."""

    def betaln(a, b):
        return lgamma(a) + lgamma(b) - lgamma(a + b)

    scores = {}
    for row in {tuple(row) for row in matrix}:
        x = [tuple(other) == row for other in matrix]
        wrong = [other for other, right in zip(matrix, x, strict=True) if not right]
        on_right = [cell for other in wrong for cell, y in zip(other, row, strict=True) if y]
        on_wrong = [cell for other in wrong for cell, y in zip(other, row, strict=True) if not y]
        scores[row] = (
            betaln(sum(row) + alpha, len(row) - sum(row) + 1)
            + betaln(sum(x) + alpha, len(x) - sum(x) + 1)
            + betaln(sum(on_right) + 1, len(on_right) - sum(on_right) + 1)
            + betaln(sum(on_wrong) + 1, len(on_wrong) - sum(on_wrong) + beta)
        )
    return scores


def test_the_posterior_is_b4s_formula():
    matrix = rows("110010", "110010", "011100", "111111", "000001", "000000", "110010")
    expected = reference(matrix, 3, 20)
    found = posterior(matrix, prior=Prior(right=3, wrong_passes_wrong=20))
    assert len(found.groups) == 4
    for group in found.groups:
        assert group.score == pytest.approx(expected[tuple(matrix[group.programs[0]])])
    assert sum(group.belief for group in found.groups) == pytest.approx(1)


def test_unknown_cells_count_neither_way():
    found = posterior(rows("1-0", "1-0", "0-1", "---", ""))
    assert found.unscorable == [3, 4]
    plain = posterior(rows("10", "10", "01"))
    assert [group.score for group in found.groups] == [group.score for group in plain.groups]


def test_beliefs_in_tests():
    found = agreement(rows("110", "110", "001"))
    assert found.beliefs(3) == pytest.approx([0.7388, 0.7388, 0.2612], abs=1e-4)
    assert posterior([]).beliefs(2) == [0, 0]


def test_verdicts_become_a_matrix():
    def judged(*outcomes):
        tests = [TestResult(outcome=each) for each in outcomes]
        return CandidateResult(id="", index=0, suite="s", status=Status.JUDGED, tests=tests)

    lost = CandidateResult(id="", index=0, suite="s", status=Status.UNSCORABLE, reason="deadline")
    verdicts = [
        judged("passed", "invalid_test", "not_run"),
        lost,
        judged("wrong_answer", "invalid_test", "passed"),
    ]
    assert passed(verdicts) == rows("1-0", "", "0-1")


@pytest.mark.parametrize("rule", [agreement, posterior])
def test_what_does_not_fit_is_refused(rule):
    with pytest.raises(ValueError, match=r"\[1, 2\] cells"):
        rule(rows("1", "11"))
    with pytest.raises(ValueError, match=r"\[1, 2\] cells"):
        rule(rows("1"), [1, 1])
    with pytest.raises(ValueError, match="negative"):
        rule(rows("1"), [-1])
    assert rule([]).best == rule([None]).best == rule([[]]).best == rule(rows("0")).best == []
