"""Which programs are judged again, and which attempt counts."""

from hypothesis import given
from hypothesis import strategies as st

from clients.contract import Outcome, TestResult
from services.executor.sandbox.scheduler.attempts import MAX_ATTEMPTS, Attempts

OUT_OF_LIMITS = {Outcome.TIME_LIMIT, Outcome.NOT_RUN, Outcome.MEMORY_LIMIT}


def judged_as(*outcomes):
    return [TestResult(outcome=outcome) for outcome in outcomes]


PASSED, FAILED, LATE, LEFT = (
    judged_as(outcome) for outcome in ("passed", "wrong_answer", "time_limit", "not_run")
)


def attempts_of(*judgements):
    attempts = Attempts(wall_left_s=20.0)
    for judged, is_near_limit in judgements:
        assert not attempts.count or not attempts.is_decided
        attempts.add(judged, is_near_limit=is_near_limit)
    return attempts


def test_away_from_any_limit_the_first_judgement_counts():
    for judged in (PASSED, FAILED, LATE):
        attempts = attempts_of((judged, False))
        assert attempts.is_decided
        assert attempts.best == judged


def test_one_within_its_limit_counts_whatever_it_says():
    for judged in (PASSED, FAILED):
        attempts = attempts_of((LATE, True), (LATE, True), (judged, False))
        assert attempts.is_decided
        assert attempts.best == judged


def test_one_given_up_on_a_busy_machine_does_not_undo_one_that_was_nearly_there():
    attempts = attempts_of((LATE, True), (LATE, False))
    assert not attempts.is_decided
    attempts.add(PASSED, is_near_limit=False)
    assert attempts.is_decided
    assert attempts.best == PASSED


def test_always_late_is_late_after_five_attempts():
    attempts = attempts_of(*[(LATE, True)] * MAX_ATTEMPTS)
    assert attempts.is_decided
    assert attempts.best == LATE


def test_without_wall_time_left_the_best_so_far_counts():
    attempts = attempts_of((LATE, True), (PASSED, True))
    assert not attempts.is_decided
    attempts.wall_left_s -= 20.0
    assert attempts.is_decided
    assert attempts.best == PASSED


outcomes = st.lists(st.sampled_from(list(Outcome)), min_size=3, max_size=3)


@given(st.lists(outcomes, min_size=1, max_size=MAX_ATTEMPTS))
def test_what_counts_is_one_whole_judgement_chosen_by_its_limits_alone(judged):
    attempts = attempts_of(*((judged_as(*each), True) for each in judged))
    late = [sum(outcome in OUT_OF_LIMITS for outcome in each) for each in judged]
    assert attempts.best == judged_as(*judged[late.index(min(late))])
