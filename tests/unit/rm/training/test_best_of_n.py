"""Curves and uplift of best-of-N, against values computed by hand."""

import pytest

from services.rm.training import best_of_n
from services.rm.training.best_of_n import ScoredQuestion
from tests.unit.rm.training.conftest import example_of_pairs

QUESTIONS = [
    ScoredQuestion("a", [1.0, 0.5, 0.0, 0.5], [4.0, 3.0, 2.0, 1.0]),
    ScoredQuestion("b", [0.5, 1.0, 1.0, 0.0], [4.0, 3.0, 2.0, 1.0]),
    ScoredQuestion("c", [0.0, 0.5], [1.0, None]),
]


def test_best_of_n_by_hand():
    means = {
        curve.label: [point.share.mean for point in curve.points]
        for curve in best_of_n.curves(QUESTIONS, sampled=True)
    }
    assert best_of_n.values_of_n(QUESTIONS) == [1, 2, 4]
    average = (0.25 + 0.5 + 0) / 3
    assert means["average"] == pytest.approx([average, average, 0.375])
    # Of two of a's four, the right one is there half the time; of b's, its best is picked unless the first is drawn.
    assert means["reward model"] == pytest.approx([average, (3 / 6 + 3 / 6 + 0) / 3, 0.5])
    assert means["oracle"] == pytest.approx([average, (3 / 6 + 5 / 6 + 0) / 3, 1.0])
    assert means["greedy (first sample)"] == pytest.approx([1 / 3, 1 / 3, 0.5])
    assert "greedy (first sample)" not in [c.label for c in best_of_n.curves(QUESTIONS, sampled=False)]


def test_uplift_is_of_the_same_questions():
    uplift = best_of_n.uplift(QUESTIONS, sampled=True)
    assert uplift["n"] == 4
    assert uplift["over_average"]["mean"] == pytest.approx((0.75 - 0.5) / 2)
    assert uplift["over_average"]["questions"] == 2
    assert uplift["over_first"]["mean"] == 0.0
    assert uplift["over_oracle"]["mean"] == -0.5
    assert uplift["share_of_what_was_there"] == pytest.approx(0.125 / 0.625)


def test_where_all_or_none_is_right_there_was_nothing_to_gain():
    same = [ScoredQuestion("a", [1.0, 1.0], [1.0, 2.0]), ScoredQuestion("b", [0.5, 0.5], [1.0, 2.0])]
    assert best_of_n.uplift(same, sampled=False)["share_of_what_was_there"] is None


def test_answers_of_pairs_need_all_their_rates():
    pairs = [(0, 1, 0.5)]
    examples = [
        example_of_pairs(pairs, (1.0, 0.5), question="a"),
        example_of_pairs(pairs, (1.0, None), question="b"),
    ]
    assert [question.question for question in best_of_n.scored_pairs(examples, [[1.0, 2.0], [1.0, 2.0]])] == [
        "a"
    ]
