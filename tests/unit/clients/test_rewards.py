"""Rewards by discrimination: a test weighs more the better it separates good programs from bad ones."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients import CandidateResult, Status, TestResult
from clients.rewards import by_discrimination, discrimination

ROWS = [
    [True, True, True, False],
    [True, True, True, True],
    [True, False, False, True],
    [True, False, False, False],
]


def verdict(row):
    if row is None:
        return CandidateResult(id="", index=0, suite="s", status=Status.UNSCORABLE, reason="deadline")
    names = {True: "passed", False: "wrong_answer", None: "invalid_test"}
    tests = [TestResult(outcome=names[cell]) for cell in row]
    return CandidateResult(id="", index=0, suite="s", status=Status.JUDGED, tests=tests)


def test_a_test_weighs_more_the_better_it_separates_programs():
    easy, first, second, random = discrimination(ROWS)
    assert easy == random == 0.1  # all pass the one; the other goes with nothing
    assert first == second > 0.7


def test_only_passing_everything_earns_one_and_no_verdict_earns_nothing():
    rewards = by_discrimination([verdict(row) for row in [*ROWS, None]])
    assert rewards[1] == 1.0
    assert rewards[4] is None
    assert 0.9 < rewards[0] < 1.0
    assert rewards[3] < rewards[2] < 0.2
    assert discrimination([]) == []
    assert by_discrimination([verdict([True]), verdict([False])]) == [1.0, 0.0]


def test_rows_of_different_tests_are_refused():
    with pytest.raises(ValueError, match=r"\[1, 2\] tests"):
        discrimination([[True], [True, False]])


@settings(deadline=None)
@given(
    st.integers(1, 6).flatmap(
        lambda tests: st.lists(
            st.one_of(
                st.none(), st.lists(st.sampled_from([True, False, None]), min_size=tests, max_size=tests)
            ),
            max_size=8,
        )
    ),
    st.randoms(use_true_random=False),
)
def test_rewards_are_within_their_range_whatever_the_order(rows, chance):
    rewards = by_discrimination([verdict(row) for row in rows])
    for row, reward in zip(rows, rewards, strict=True):
        if row is None or all(cell is None for cell in row):
            assert reward is None
        else:
            assert 0 <= reward <= 1
            assert (reward == 1) == (False not in row)
            assert (reward == 0) == (True not in row)
    order = list(range(len(rows)))
    chance.shuffle(order)
    assert by_discrimination([verdict(rows[at]) for at in order]) == [rewards[at] for at in order]
