"""Compares pass@k, best-of-N and their intervals with counting by hand."""

from itertools import combinations
from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.evaluation import best_of_draws, best_of_n_value, bootstrap, pass_at_k


@pytest.mark.parametrize("total", [1, 2, 5, 7])
def test_pass_at_k_is_the_share_of_draws_that_hold_a_right_one(total):
    for right in range(total + 1):
        for k in range(1, total + 1):
            draws = list(combinations([True] * right + [False] * (total - right), k))
            assert pass_at_k(total, right, k) == pytest.approx(fmean(map(any, draws)))


def test_pass_at_k_of_many_is_exact_and_finite():
    assert pass_at_k(20_000, 1, 10_000) == 0.5
    assert pass_at_k(100, 23, 1) == pytest.approx(0.23)


@pytest.mark.parametrize("wrong", [(3, 1, 4), (3, 1, 0), (3, 4, 1), (3, -1, 1), (0, 0, 1)])
def test_what_cannot_be_drawn_is_refused(wrong):
    with pytest.raises(ValueError, match="give a number within"):
        pass_at_k(*wrong)


SCORED = st.lists(
    st.tuples(st.one_of(st.none(), st.integers(-2, 2)), st.sampled_from([0.0, 0.5, 1.0])),
    min_size=1,
    max_size=7,
)


@settings(deadline=None)
@given(SCORED, st.data())
def test_the_best_of_n_is_the_mean_over_all_draws(scored, data):
    n = data.draw(st.integers(1, len(scored)))
    scores, values = zip(*scored, strict=True)
    picks = []
    for drawn in combinations(range(len(scored)), n):
        known = [scores[at] for at in drawn if scores[at] is not None]
        best = [at for at in drawn if scores[at] == max(known)] if known else drawn
        picks.append(fmean(values[at] for at in best))
    assert best_of_n_value(scores, values, n) == pytest.approx(fmean(picks))


def test_hidden_tests_as_the_selector_are_the_oracle():
    right = [1.0, 0.0, 0.0, 1.0, 0.0]
    for n in range(1, 6):
        assert best_of_n_value(right, right, n) == pytest.approx(pass_at_k(5, 2, n))


def test_a_selector_that_looks_at_the_whole_draw_is_sampled_with_a_seed():
    values = [1.0, 0.0, 0.0, 0.0]
    first = best_of_draws(lambda drawn: drawn[:1], values, 2, draws=50, seed=3)
    assert first == best_of_draws(lambda drawn: drawn[:1], values, 2, draws=50, seed=3)
    assert 0 < first < 1
    assert best_of_draws(lambda _: [], values, 4) == 0.25  # no choice is a random pick
    with pytest.raises(ValueError, match="draws=0"):
        best_of_draws(lambda drawn: drawn, values, 2, draws=0)


def test_an_interval_holds_its_mean_narrows_with_problems_and_repeats():
    few, many = bootstrap([0.0, 1.0] * 5, seed=1), bootstrap([0.0, 1.0] * 200, seed=1)
    assert few.low < few.mean == 0.5 < few.high
    assert many.high - many.low < (few.high - few.low) / 3
    assert bootstrap([0.0, 1.0] * 5, seed=1) == few
    assert "over 10 problems" in str(few)
    assert bootstrap([0.3] * 4).low == pytest.approx(0.3)


@pytest.mark.parametrize("wrong", [{"value_P": []}, {"confidence": 1.0}, {"resamples": 0}])
def test_an_interval_of_nothing_is_refused(wrong):
    with pytest.raises(ValueError, match=r"no problems|confidence"):
        bootstrap(**{"value_P": [1.0], **wrong})


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="2 scores for 1 values"):
        best_of_n_value([1, 2], [1.0], 1)
