"""The true tests are not known. A model imagined tests, and some are wrong. Programs and tests support each other."""

from clients.selection import agreement, majority, overlap, posterior
from clients.selection.probability import probability_right

RIGHT = [True, True, True, True, False]
"""What a right program does: it passes the right tests, and fails the wrong one."""
SLOPPY = [True, True, False, False, False]
"""What sloppy programs have in common: the easy tests."""
ODD = [True, False, False, False, True]
"""What a program passes that shares the misunderstanding of the wrong test."""


def test_programs_with_the_same_outcomes_are_right_or_wrong_together():
    consensus = agreement([RIGHT, SLOPPY, RIGHT, ODD])
    assert [group.programs for group in consensus.groups] == [[0, 2], [1], [3]]
    assert consensus.best == [0, 2]


def test_the_majority_may_be_sloppy_and_the_posterior_sees_through_it():
    matrix = [*[SLOPPY] * 5, *[RIGHT] * 3, ODD]
    assert majority([tuple(row) for row in matrix]).best == [0, 1, 2, 3, 4]
    consensus = posterior(matrix)
    assert consensus.best == [5, 6, 7]
    easy, *_, wrong = consensus.beliefs(5)
    assert easy > 0.99 > 0.01 > wrong


def test_a_program_without_a_verdict_is_neither_right_nor_wrong():
    consensus = posterior([RIGHT, None, [False] * 5])
    assert (consensus.best, consensus.unscorable, consensus.unsupported) == ([0], [1], [2])


def test_programs_that_fail_a_wrong_test_may_still_return_the_same():
    """All five fail the second test, which is wrong. What they return shows which of them belong together."""
    bits = [[True, False]] * 5
    values = [[(True, "4"), (True, returned)] for returned in ("6", "9", "6", "6", "8")]
    assert agreement(bits).best == [0, 1, 2, 3, 4]
    assert overlap(values, bits).best == [0, 2, 3]


def test_the_pick_comes_with_a_probability_which_is_low_where_no_one_agrees():
    agreed, scattered = [*[RIGHT] * 6, SLOPPY], [RIGHT, SLOPPY, ODD]
    assert (
        probability_right(posterior(scattered), scattered)
        < 0.5
        < probability_right(posterior(agreed), agreed)
    )
