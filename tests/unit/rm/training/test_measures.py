"""Accuracies and correlations of the report, against values computed by hand."""

import math

import pytest

from services.rm.training import best_of_n, measures
from tests.unit.rm.training.conftest import example_of_pairs


def test_every_pair_counts_once_and_ties_are_half_right():
    examples = [example_of_pairs([(0, 1, 0.5)]), example_of_pairs([(0, 1, 0.5), (0, 2, 0.9), (1, 2, 0.4)])]
    result = measures.pair_accuracy(examples, [[1.0, 0.0], [1.0, 2.0, 1.0]])
    assert result.share == (1 + 0 + 0.5 + 1) / 4, "not the mean of 1 and 0.5"
    assert (result.pairs, result.ties) == (4, 1)
    assert math.isnan(measures.pair_accuracy([], []).share)


def test_buckets_hold_their_lower_edge_the_last_its_upper_and_the_unknown_have_their_own():
    gaps = [0.85 - 0.45, 0.6, 0.5999, 1.0, 0.8, None]
    pairs = [(at, 6, gap) for at, gap in enumerate(gaps)]
    scores = [[1.0, -1.0, 1.0, 1.0, -1.0, 0.0, 0.0]]
    rows = measures.by_gap([example_of_pairs(pairs)], scores)
    assert [(row["from"], row["to"], row["pairs"], row["share"]) for row in rows] == [
        (0.4, 0.6, 2, 1.0),
        (0.6, 0.8, 1, 0.0),
        (0.8, 1.0, 2, 0.5),
        (None, None, 1, 0.5),
    ]


def test_rank_correlations():
    assert measures.ranks([3.0, 1.0, 3.0, 2.0]) == [3.5, 1.0, 3.5, 2.0]
    # By hand: ranks 1 2½ 2½ 4 5 and 2 1 3½ 3½ 5; seven pairs in the same order, one in the other, a tie in each.
    one, other = [1.0, 2.0, 2.0, 4.0, 5.0], [0.2, 0.1, 0.4, 0.4, 0.9]
    assert measures.spearman(one, other) == pytest.approx(7.25 / 9.5)
    assert measures.kendall(one, other) == pytest.approx((7 - 1) / 9)
    assert measures.kendall([1.0, 2.0, 3.0], [9.0, 5.0, 0.0]) == pytest.approx(-1.0)
    assert measures.spearman([1.0, 1.0], [1.0, 2.0]) is None
    assert measures.kendall([1.0, 1.0], [1.0, 2.0]) is None


def test_scores_that_order_nothing_count_as_no_correlation():
    pairs = [(0, 1, 0.5)]
    examples = [
        example_of_pairs(pairs, (1.0, 0.5)),
        example_of_pairs(pairs, (1.0, 0.5)),
        example_of_pairs(pairs),
    ]
    result = measures.within_questions(examples, [[2.0, 1.0], [1.0, 1.0], [1.0, 2.0]])
    assert result == {"questions": 2, "spearman": 0.5, "kendall": 0.5}
    assert measures.within_questions([], []) == {"questions": 0, "spearman": None, "kendall": None}


def test_length_is_looked_at_within_questions():
    """Long questions do not make a correlation, long answers do."""
    pairs = [(0, 1, 0.5)]
    examples = [example_of_pairs(pairs, lengths=[10, 20]), example_of_pairs(pairs, lengths=[110, 120])]
    result = measures.length(examples, [[1.0, 2.0], [-5.0, -4.0]])
    assert result == {"correlation": pytest.approx(1.0), "longer_is_right": 0.0}


@pytest.mark.parametrize(("questions", "has_interval"), [(1, False), (4, False), (5, True)])
def test_few_questions_have_no_interval(questions, has_interval):
    """One of a single question would have no width, which looks like certainty."""
    examples = [example_of_pairs([(0, 1, 0.5)], (1.0, 0.5))] * questions
    scores = [[1.0, float(at % 2)] for at in range(questions)]
    share = measures.pair_accuracy(examples, scores)
    assert (share.low is not None, share.high is not None, share.questions) == (
        *[has_interval] * 2,
        questions,
    )
    if share.low is not None:
        assert 0.5 <= share.low <= share.share <= share.high <= 1.0
    over_average = best_of_n.uplift(best_of_n.scored_pairs(examples, scores), sampled=False)["over_average"]
    assert (over_average["low"] is not None) is has_interval
