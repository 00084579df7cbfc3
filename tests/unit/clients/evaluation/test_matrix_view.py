"""The picture of a problem's matrix: clusters by values, right samples and right tests marked."""

from clients.contract import CandidateResult, Status, TestResult, UnscorableReason
from clients.evaluation.curves import AnsweredProblem
from clients.evaluation.matrix_view import matrix_view

OUTCOMES = {"p": "passed", "w": "wrong_answer", "r": "runtime_error", "?": "invalid_test", "n": "not_run"}


def judged(marks, hashes=None):
    tests = [
        TestResult(outcome=OUTCOMES[mark], value_hash=hashes[at] if hashes else None)
        for at, mark in enumerate(marks)
    ]
    rate = marks.count("p") / len(marks)
    return CandidateResult(id="", index=0, suite="s", status=Status.JUDGED, pass_rate=rate, tests=tests)


LOST = CandidateResult(
    id="", index=0, suite="s", status=Status.UNSCORABLE, reason=UnscorableReason.DEADLINE, detail="d"
)


def problem(graded, seen):
    count = len(graded)
    return AnsweredProblem("t", "", ["x"] * count, graded, seen, [None] * count)


def test_samples_with_equal_values_are_one_row_and_right_ones_are_counted():
    seen = [judged("pw", "ab"), judged("pw", "ac"), judged("pw", "ab"), judged("rn"), LOST]
    view = matrix_view(problem([judged("p"), judged("w"), judged("p"), judged("w"), LOST], seen))
    assert [(row.samples, row.right) for row in view.rows] == [([0, 2], 2), ([1], 0), ([3], 0)]
    assert [row.cells for row in view.rows] == [["pass", "value"], ["pass", "value"], ["stop", "void"]]
    assert view.right_tests == [True, False]


def test_without_hashes_outcomes_decide_and_without_a_right_sample_no_test_is_marked():
    view = matrix_view(problem([judged("w")] * 2, [judged("p?"), judged("p?")]))
    assert [row.samples for row in view.rows] == [[0, 1]]
    assert view.rows[0].cells == ["pass", "void"]
    assert view.right_tests == [None, None]


def test_large_matrices_are_cut_and_say_so():
    seen = [judged("p" * 100, [format(at, "x")] * 100) for at in range(30)]
    view = matrix_view(problem([judged("p")] * 30, seen))
    assert (len(view.rows), view.more_clusters) == (12, 18)
    assert ({len(row.cells) for row in view.rows}, len(view.right_tests), view.more_tests) == ({60}, 60, 40)


def test_there_is_no_picture_without_outcomes():
    assert matrix_view(problem([LOST], [LOST])) is None
