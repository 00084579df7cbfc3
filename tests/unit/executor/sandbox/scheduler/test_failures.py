"""What a failed session means for the programs it had."""

import pytest

from services.executor.sandbox.scheduler.attempts import Attempts
from services.executor.sandbox.scheduler.failures import SessionFailures
from services.executor.sandbox.scheduler.tasks import ProgramTask, TaskQueue

CPU_LIMIT_S = 0.5


@pytest.fixture
def tasks():
    return [ProgramTask(index, "", Attempts(20.0)) for index in range(2)]


@pytest.fixture
def queue(tasks):
    return TaskQueue(tasks, test_count=3)


@pytest.fixture
def failures(queue):
    return SessionFailures(queue, CPU_LIMIT_S)


def taken(queue):
    tasks = list(queue.ready)
    queue.ready.clear()
    return tasks


def test_a_test_at_which_two_sessions_die_is_a_runtime_error(queue, failures):
    failures.session_died(taken(queue))
    first, second = taken(queue)
    assert (first.report_each_test, first.tests) == (True, [])
    failures.session_died([first, second])
    assert [test.outcome for test in first.tests] == ["runtime_error"]
    assert (second.report_each_test, second.tests) == (False, [])


def test_a_stuck_test_costs_its_cpu_limit_once_it_is_known_which_it_is(queue, failures):
    failures.checker_stuck(taken(queue), "it did not end")
    first, second = taken(queue)
    assert first.tests == []
    failures.checker_stuck([first, second], "it did not end")
    (stuck,) = first.tests
    assert (stuck.outcome, stuck.message, stuck.cpu_s) == ("time_limit", "it did not end", CPU_LIMIT_S)
    assert first.spent_cpu_s == CPU_LIMIT_S
    assert second.tests == []


def test_a_program_whose_sessions_do_not_answer_has_no_verdict_and_its_neighbour_goes_on(queue, failures):
    for _ in range(3):
        failures.session_silent(taken(queue))
    (judgement,) = queue.take_judgements()
    assert (judgement.index, judgement.tests) == (0, [])
    assert "did not answer" in judgement.fault
    assert [task.index for task in queue.ready] == [1]


def test_the_third_death_of_a_jail_gives_the_programs_up(queue, failures):
    for jail in ("first", "second"):
        failures.jail_died(taken(queue), jail)
        assert queue.take_judgements() == []
    failures.jail_died(taken(queue), "third")
    assert ["the jail failed 3 times" in judgement.fault for judgement in queue.take_judgements()] == [
        True
    ] * 2


def test_all_sessions_of_a_jail_that_died_count_as_one_death(queue, failures):
    for _ in range(5):
        failures.jail_died(taken(queue), "the same jail")
    assert queue.take_judgements() == []
    assert len(queue.ready) == 2


def test_a_jail_that_does_not_start_three_times_is_a_fault_of_every_waiting_program(queue, failures):
    for _ in range(2):
        failures.jail_did_not_start("no nsjail binary")
        assert queue.take_judgements() == []
    failures.jail_did_not_start("no nsjail binary")
    assert [judgement.fault for judgement in queue.take_judgements()] == ["no nsjail binary"] * 2
