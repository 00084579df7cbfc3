"""The hard subset and the bands, from recomputed rates."""

import pytest

from services.synth.curation.subsets import band_of, difficulty, hard_subset


def test_the_hard_subset_is_low_in_mean_and_among_those_high_in_deviation():
    questions = {
        "easy": difficulty([1, 1, 1]),
        "solved by some": difficulty([1, 0, 0]),
        "never solved": difficulty([0, 0, 0]),
        "near": difficulty([0.9, 1, 1]),
    }
    assert hard_subset(questions) == ["solved by some"]
    assert hard_subset({}) == []


@pytest.mark.parametrize(
    ("mean", "label"),
    [(0, "0"), (0.1, "0-0.25"), (0.25, "0-0.25"), (0.5, "0.25-0.5"), (0.99, "0.75-1"), (1, "1")],
)
def test_bands_keep_questions_that_all_programs_solve_or_fail_apart(mean, label):
    assert band_of(mean) == label


def test_the_difficulty_counts_programs_that_pass_everything():
    one = difficulty([1.0, 0.5, 0.0, 1.0])
    assert (one.mean, one.solved) == (0.625, 0.5)
    assert difficulty([]) is None
