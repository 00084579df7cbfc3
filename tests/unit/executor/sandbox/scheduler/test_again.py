"""Who is judged again, and which judgement counts."""

from hypothesis import given
from hypothesis import strategies as st

from clients.contract import Outcome, TestResult
from services.executor.sandbox.scheduler.again import TRIES, Tries

OUT_OF_TIME = {Outcome.TIME_LIMIT, Outcome.NOT_RUN}


def judged_as(*outcomes):
    return [TestResult(outcome=outcome) for outcome in outcomes]


PASSED, FAILED, LATE, LEFT = (
    judged_as(outcome) for outcome in ("passed", "wrong_answer", "time_limit", "not_run")
)


def tried(*judgements):
    tries = Tries(wall_left_s=20.0)
    for judged, at_edge in judgements:
        assert not tries.count or not tries.decided
        tries.add(judged, at_edge=at_edge)
    return tries


def test_away_from_any_edge_the_first_judgement_counts():
    for judged in (PASSED, FAILED, LATE):
        tries = tried((judged, False))
        assert tries.decided
        assert tries.best == judged


def test_one_within_its_limit_counts_whatever_it_says():
    for judged in (PASSED, FAILED):
        tries = tried((LATE, True), (LATE, True), (judged, False))
        assert tries.decided
        assert tries.best == judged


def test_one_given_up_on_a_busy_machine_does_not_undo_one_that_was_nearly_there():
    tries = tried((LATE, True), (LATE, False))
    assert not tries.decided
    tries.add(PASSED, at_edge=False)
    assert tries.decided
    assert tries.best == PASSED


def test_always_late_is_late_after_so_many_tries():
    tries = tried(*[(LATE, True)] * TRIES)
    assert tries.decided
    assert tries.best == LATE


def test_without_wall_time_left_the_best_so_far_counts():
    tries = tried((LATE, True), (PASSED, True))
    assert not tries.decided
    tries.wall_left_s -= 20.0
    assert tries.decided
    assert tries.best == PASSED


outcomes = st.lists(st.sampled_from(list(Outcome)), min_size=3, max_size=3)


@given(st.lists(outcomes, min_size=1, max_size=TRIES))
def test_what_counts_is_one_whole_judgement_chosen_by_its_time_alone(judged):
    tries = tried(*((judged_as(*each), True) for each in judged))
    late = [sum(outcome in OUT_OF_TIME for outcome in each) for each in judged]
    assert tries.best == judged_as(*judged[late.index(min(late))])
