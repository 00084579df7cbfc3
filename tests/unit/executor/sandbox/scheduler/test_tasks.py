"""Which program of a call is judged next, and what becomes of those that are interrupted."""

from clients.contract import Outcome, TestResult
from services.executor.sandbox.scheduler.attempts import Attempts
from services.executor.sandbox.scheduler.tasks import ProgramTask, TaskQueue

TESTS = 2


def task(index=0, *outcomes, wall_left_s=20.0):
    results = [TestResult(outcome=outcome) for outcome in outcomes]
    return ProgramTask(index, f"program {index}", Attempts(wall_left_s), results)


def indices(tasks):
    return [each.index for each in tasks]


def test_interrupted_programs_go_first_and_in_their_order():
    queue = TaskQueue([task(2)], TESTS)
    queue.resume([task(0, "passed"), task(1)], now_s=0.0)
    assert indices(queue.ready) == [0, 1, 2]


def test_programs_that_others_judge_get_no_judgement_here():
    tasks = [task(n) for n in range(4)]
    queue = TaskQueue(tasks, TESTS)
    in_session = [queue.ready.popleft() for _ in range(2)]
    queue.hand_over([in_session[1], tasks[2]])
    assert indices(queue.ready) == [3]
    assert queue.undecided == 2
    assert queue.take_judgements() == []


def test_an_interrupted_program_with_all_results_is_judged():
    queue = TaskQueue([task(1)], TESTS)
    queue.resume([task(0, "passed", "wrong_answer")], now_s=0.0)
    (judgement,) = queue.take_judgements()
    assert judgement.index == 0
    assert [test.outcome for test in judgement.tests] == ["passed", "wrong_answer"]
    assert queue.take_judgements() == []


def test_a_program_near_its_limit_waits_until_nothing_else_is_ready():
    late, other = task(0, "time_limit", "passed"), task(1)
    late.is_near_limit = True
    queue = TaskQueue([other], TESTS)
    queue.finish_attempt(late, now_s=0.0)
    assert queue.take_judgements() == []
    queue.release_near_limit(now_s=1.0)
    assert indices(queue.ready) == [1]
    queue.ready.clear()
    queue.release_near_limit(now_s=2.0)
    (again,) = queue.ready
    assert (again.index, again.tests, again.again_since_s) == (0, [], 2.0)


def test_repeated_attempts_share_one_allowance_of_wall_time():
    attempt = task(0, "time_limit", "passed", wall_left_s=5.0)
    attempt.is_near_limit = True
    queue = TaskQueue([attempt], TESTS)
    queue.finish_attempt(queue.ready.popleft(), now_s=0.0)
    queue.release_near_limit(now_s=10.0)
    (attempt,) = queue.ready
    assert not attempt.is_overdue(now_s=14.0)
    assert attempt.is_overdue(now_s=16.0)


def test_a_deferred_program_starts_again_and_keeps_the_idle_time_of_earlier_attempts():
    attempt = ProgramTask(0, "", Attempts(20.0), spent_idle_s=3.0, idle_before_s=1.0, spent_cpu_s=2.0)
    attempt.tests.append(TestResult(outcome=Outcome.PASSED))
    deferred = attempt.restarted()
    assert (deferred.tests, deferred.spent_cpu_s, deferred.spent_idle_s) == ([], 0.0, 1.0)
    assert deferred.was_deferred


def test_a_program_that_is_given_up_is_judged_by_a_finished_attempt_or_has_a_fault():
    queue = TaskQueue([task(0), task(1)], TESTS)
    first, second = queue.take_all()
    first.attempts.add([TestResult(outcome=Outcome.PASSED)] * TESTS, is_near_limit=True)
    queue.give_up([first, second], "the jail died")
    judged, faulty = queue.take_judgements()
    assert (len(judged.tests), judged.fault) == (TESTS, "")
    assert (faulty.tests, faulty.fault) == ([], "the jail died")
    assert queue.undecided == 0


def test_a_cancelled_call_judges_only_programs_with_a_finished_attempt():
    queue = TaskQueue([task(0), task(1)], TESTS)
    in_session = queue.ready.popleft()
    in_session.attempts.add([TestResult(outcome=Outcome.PASSED)] * TESTS, is_near_limit=True)
    queue.cancel([in_session])
    assert [judgement.index for judgement in queue.take_judgements()] == [0]
    assert queue.undecided == 0
