"""Numbers of the report, against counts by hand."""

import math
from array import array

import pytest

from services.rm.training import best_of_n, measures
from services.rm.training.best_of_n import ScoredQuestion
from services.rm.training.examples import TrainingExample
from services.rm.training.plot import write_plot
from services.rm.training.questions import AnswerPair
from services.rm.training.results import make_report, write_report


def example(pairs, rates=(), lengths=None, question="q"):
    count = 1 + max(at for pair in pairs for at in pair[:2])
    lengths = lengths or [1] * count
    return TrainingExample(
        question,
        tuple(array("i", range(length)) for length in lengths),
        tuple(rates) or (None,) * count,
        tuple(AnswerPair(*pair) for pair in pairs),
        0,
    )


def test_every_pair_counts_once_and_ties_are_half_right():
    examples = [example([(0, 1, 0.5)]), example([(0, 1, 0.5), (0, 2, 0.9), (1, 2, 0.4)])]
    found = measures.pair_accuracy(examples, [[1.0, 0.0], [1.0, 2.0, 1.0]])
    assert found.share == (1 + 0 + 0.5 + 1) / 4, "not the mean of 1 and 0.5"
    assert (found.pairs, found.ties) == (4, 1)
    assert 0.5 <= found.low <= found.share <= found.high <= 1.0
    assert math.isnan(measures.pair_accuracy([], []).share)


def test_buckets_hold_their_lower_edge_the_last_its_upper_and_the_unknown_have_their_own():
    gaps = [0.85 - 0.45, 0.6, 0.5999, 1.0, 0.8, None]
    pairs = [(at, 6, gap) for at, gap in enumerate(gaps)]
    scores = [[1.0, -1.0, 1.0, 1.0, -1.0, 0.0, 0.0]]
    rows = measures.by_gap([example(pairs)], scores)
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
    examples = [example(pairs, (1.0, 0.5)), example(pairs, (1.0, 0.5)), example(pairs)]
    found = measures.within_questions(examples, [[2.0, 1.0], [1.0, 1.0], [1.0, 2.0]])
    assert found == {"questions": 2, "spearman": 0.5, "kendall": 0.5}
    assert measures.within_questions([], []) == {"questions": 0, "spearman": None, "kendall": None}


def test_length_is_looked_at_within_questions():
    """Long questions do not make a correlation, long answers do."""
    pairs = [(0, 1, 0.5)]
    examples = [example(pairs, lengths=[10, 20]), example(pairs, lengths=[110, 120])]
    found = measures.length(examples, [[1.0, 2.0], [-5.0, -4.0]])
    assert found == {"correlation": pytest.approx(1.0), "longer_is_right": 0.0}


JUDGED = [
    ScoredQuestion("a", [1.0, 0.5, 0.0, 0.5], [4.0, 3.0, 2.0, 1.0]),
    ScoredQuestion("b", [0.5, 1.0, 1.0, 0.0], [4.0, 3.0, 2.0, 1.0]),
    ScoredQuestion("c", [0.0, 0.5], [1.0, None]),
]


def test_best_of_n_by_hand():
    found = {
        curve.label: [point.share.mean for point in curve.points]
        for curve in best_of_n.curves(JUDGED, sampled=True)
    }
    assert best_of_n.values_of_n(JUDGED) == [1, 2, 4]
    average = (0.25 + 0.5 + 0) / 3
    assert found["average"] == pytest.approx([average, average, 0.375])
    # Of two of a's four, the right one is there half the time; of b's, its best is picked unless the first is drawn.
    assert found["reward model"] == pytest.approx([average, (3 / 6 + 3 / 6 + 0) / 3, 0.5])
    assert found["oracle"] == pytest.approx([average, (3 / 6 + 5 / 6 + 0) / 3, 1.0])
    assert found["greedy (first sample)"] == pytest.approx([1 / 3, 1 / 3, 0.5])
    assert "greedy (first sample)" not in [c.label for c in best_of_n.curves(JUDGED, sampled=False)]


def test_uplift_is_of_the_same_questions():
    found = best_of_n.uplift(JUDGED, sampled=True)
    assert found["n"] == 4
    assert found["over_average"]["mean"] == pytest.approx((0.75 - 0.5) / 2)
    assert found["over_average"]["questions"] == 2
    assert found["over_first"]["mean"] == 0.0
    assert found["over_oracle"]["mean"] == -0.5
    assert found["share_of_what_was_there"] == pytest.approx(0.125 / 0.625)


def test_where_all_or_none_is_right_there_was_nothing_to_gain():
    same = [ScoredQuestion("a", [1.0, 1.0], [1.0, 2.0]), ScoredQuestion("b", [0.5, 0.5], [1.0, 2.0])]
    assert best_of_n.uplift(same, sampled=False)["share_of_what_was_there"] is None


def test_answers_of_pairs_need_all_their_rates():
    pairs = [(0, 1, 0.5)]
    examples = [example(pairs, (1.0, 0.5), question="a"), example(pairs, (1.0, None), question="b")]
    assert [each.question for each in best_of_n.scored_pairs(examples, [[1.0, 2.0], [1.0, 2.0]])] == ["a"]


def test_the_report_is_written_and_drawn(tmp_path):
    examples = [example([(0, 1, 0.5), (2, 1, 0.7)], (1.0, 0.3, 1.0), question=f"q{n}") for n in range(5)]
    scores = [[1.0, 0.0, 2.0]] * 5
    made = make_report(examples, scores, best_of_n.scored_pairs(examples, scores), sampled=False)
    assert made["pair_accuracy"]["share"] == 1.0
    assert made["best_of_n"]["uplift"]["over_average"]["mean"] == pytest.approx(1 / 3)
    write_report(tmp_path, made)
    assert (tmp_path / "report.json").stat().st_size > 500
    drawn = (tmp_path / "report.svg").read_text()
    assert drawn.lstrip().startswith("<?xml")


def test_without_anything_held_out_the_report_says_nothing(tmp_path):
    made = make_report([], [], [], sampled=False)
    assert set(made.values()) == {None}
    write_report(tmp_path, made)
    assert not (tmp_path / "report.svg").exists()


def test_a_plot_without_rates(tmp_path):
    rows = measures.by_gap([example([(0, 1, None)])], [[1.0, 0.0]])
    write_plot(tmp_path / "p.png", rows, [])
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")
