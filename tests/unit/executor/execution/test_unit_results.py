"""What a unit's result means: written at once, after the first round of ``cpu_s: "auto"``, or with the weak tests."""

import json
from dataclasses import replace

from prometheus_client import CollectorRegistry

from clients.contract import Candidate, ExecutionRequest, Limits, Suite, TestResult, UnscorableReason
from services.executor.execution.results import ResultWriter
from services.executor.execution.unit_results import UnitResults
from services.executor.metrics import Metrics
from services.executor.planning.auto_limit import PROBE_S
from services.executor.requests.suites import check_suite
from services.executor.requests.validation import ValidRequest
from services.executor.results.records import Fault, verdict_of


def results_of(*programs, **fields):
    """Return the results of a request for one suite with one test, and the writer of its lines."""
    request = ExecutionRequest(
        suites=[Suite(id="s", asserts=["assert f() == 1"])],
        candidates=[Candidate(suite="s", program=program) for program in programs],
        **fields,
    )
    valid_request = ValidRequest(request, [check_suite(suite) for suite in request.suites], {}, 60)
    writer = ResultWriter(valid_request, Metrics(CollectorRegistry()), "ann")
    return UnitResults(valid_request, ["key"], writer), writer


def verdict(outcome, peak_cpu_s=0.0):
    return replace(verdict_of([TestResult(outcome=outcome)]), peak_cpu_s=peak_cpu_s)


def written(writer):
    return {index: json.loads(line) for index, line in writer.take()}


def test_a_result_is_written_for_every_candidate_of_its_unit():
    results, writer = results_of("a", "b", "a")
    first, second = results.first_round(range(3))
    assert results.add(first, verdict("passed"), cached=False) == []
    assert {index: line["pass_rate"] for index, line in written(writer).items()} == {0: 1.0, 2: 1.0}
    assert results.without_result(first.number) is None
    assert list(results.expected()) == [second]
    results.add(second, Fault(UnscorableReason.SANDBOX_FAILURE, "gone"), cached=False)
    assert written(writer)[1]["detail"] == "gone"
    assert results.are_complete


def test_programs_that_reached_the_limit_of_the_first_round_are_judged_again_with_the_decided_one():
    results, writer = results_of("fast", "slow", limits=Limits(cpu_s="auto"))
    fast, slow = results.first_round(range(2))
    assert fast.rules.limits.cpu_s == PROBE_S
    assert results.add(slow, verdict("time_limit"), cached=False) == []
    assert written(writer) == {}
    assert list(results.expected()) == [fast], (
        "the result of the other one is deferred, and it is not sent again"
    )
    (again,) = results.add(fast, verdict("passed", peak_cpu_s=0.05), cached=False)
    assert (again.members, again.rules.limits.cpu_s) == ([1], 0.5)
    assert results.suite_infos()[0].cpu_limit_s == 0.5
    assert not results.are_complete
    results.add(again, verdict("passed"), cached=False)
    assert sorted(written(writer)) == [0, 1]
    assert results.are_complete


def test_no_program_is_judged_again_with_the_limit_that_it_had():
    results, writer = results_of("fast", "slow", limits=Limits(cpu_s="auto"))
    fast, slow = results.first_round(range(2))
    results.add(slow, verdict("time_limit"), cached=False)
    assert results.add(fast, verdict("passed"), cached=False) == []
    assert {index: line["pass_rate"] for index, line in written(writer).items()} == {0: 1.0, 1: 0.0}
    assert results.are_complete


def test_results_wait_for_the_null_programs_of_their_suite():
    results, writer = results_of("a", weak_tests="exclude")
    units = results.first_round([0])
    (own,) = (unit for unit in units if unit.members)
    results.add(own, verdict("passed"), cached=False)
    assert written(writer) == {}
    for unit in units:
        if unit is not own:
            results.add(unit, verdict("wrong_answer"), cached=False)
    assert written(writer)[0]["pass_rate"] == 1.0
    assert results.suite_infos()[0].weak_tests == []


def test_giving_up_writes_the_reason_for_each_candidate_without_a_result():
    results, writer = results_of("a", "b", "c", weak_tests="exclude", limits=Limits(cpu_s="auto"))
    units = [unit for unit in results.first_round(range(3)) if unit.members]
    results.add(units[0], verdict("passed"), cached=False)
    results.add(units[1], verdict("time_limit"), cached=False)
    results.give_up(Fault(UnscorableReason.DEADLINE, "too late"))
    assert {index: line["reason"] for index, line in written(writer).items()} == dict.fromkeys(
        range(3), "deadline"
    )
    assert results.are_complete
