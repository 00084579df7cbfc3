"""Ranks candidates by pass rate and breaks ties; sends problems in batches."""

import pytest

from clients import (
    CandidateResult,
    InvalidSuiteError,
    NothingScorableError,
    Problem,
    Status,
    TestResult,
    UnscorableReason,
    best_of_n,
    best_of_n_each,
    best_of_n_each_async,
    rank,
)
from clients.contract import Slug
from tests.unit.clients.fake_service import all_pass, problem


def judged(outcomes, resting=()):
    tests = [
        TestResult(outcome="passed" if each == "+" else "wrong_answer", rests_on_program=at in resting)
        for at, each in enumerate(outcomes)
    ]
    rate = outcomes.count("+") / len(outcomes)
    return CandidateResult(id="", index=0, suite="s", status=Status.JUDGED, pass_rate=rate, tests=tests)


LOST = CandidateResult(
    id="",
    index=0,
    suite="s",
    status=Status.UNSCORABLE,
    reason=UnscorableReason.WORKER_LOST,
    detail="try again",
)


@pytest.mark.parametrize(
    ("results", "programs", "ranking", "why"),
    [
        ([judged("+-"), judged("++"), judged("--")], ["a", "b", "c"], [1, 0, 2], "highest pass rate, 1"),
        (
            [judged("++", resting=[0]), judged("++")],
            ["a", "bbb"],
            [1, 0],
            "are marked rests_on_program",
        ),
        (
            [judged("+-"), judged("-+"), judged("-+")],
            ["a", "bb", "cc"],
            [1, 2, 0],
            "2 candidates have the same outcomes",
        ),
        ([judged("++"), judged("++")], ["aaa", "a"], [1, 0], "shorter"),
        ([judged("++"), judged("++")], ["a", "b"], [0, 1], "it came first"),
        ([LOST, judged("-+")], ["a", "b"], [1], "highest"),
        ([judged("--"), LOST], ["a", "b"], [0], "no candidate passed a test"),
    ],
)
def test_the_rule_in_its_order(results, programs, ranking, why):
    best = rank(results, programs)
    assert (best.ranking, best.winner, best.best) == (ranking, ranking[0], programs[ranking[0]])
    assert any(why in reason for reason in best.reasons), best.reasons


def test_a_candidate_without_a_verdict_never_wins():
    best = rank([LOST, LOST], ["a", "b"], "prompt")
    assert (best.winner, best.program, best.ranking) == (None, None, [])
    assert best.unscorable == {0: "worker_lost: try again", 1: "worker_lost: try again"}
    with pytest.raises(NothingScorableError, match="none of the 2 candidates has a verdict; worker_lost"):
        _ = best.best


def test_no_candidates_no_winner():
    assert rank([], []).winner is None


def test_problems_are_sent_together_and_come_back_in_order(executor, service):
    problems = [Problem(f"p{at}", ["x = 1", "y = 2"], ["assert True"]) for at in range(300)]
    found = list(best_of_n_each(problems, executor=executor))
    assert [each.prompt for each in found] == [f"p{at}" for at in range(300)]
    assert {len(each.results) for each in found} == {2}
    assert len(service.requests) == 2
    assert set(service.requests[0].body["candidates"][0]) == {"suite", "completion"}


def refusing_prose(request):
    """Refuse a request with a suite of prose, as the service does; every program of another one passes."""
    suites = request.body["suites"]
    wrong = [at for at, suite in enumerate(suites) if "prose" in suite["asserts"]]
    if not wrong:
        return all_pass(request)
    errors = [
        {"field": f"suites[{at}]", "message": f"suite {suites[at]['id']!r} has no valid test"} for at in wrong
    ]
    return problem(Slug.INVALID_SUITE, f"{errors[0]['field']}: {errors[0]['message']}.", errors=errors)


PROBLEMS = [
    Problem("p", ["f = 1", "f = 2"], ["prose"] if at in (1, 3) else [f"assert f == {at}"]) for at in range(5)
]


def check_picks(picked):
    assert [best.winner for best in picked] == [0, None, 0, None, 0]
    reason = "invalid_suite: suite 'problem 1' has no valid test"
    assert picked[1].reasons == ["none of the 2 candidates has a verdict", reason]
    assert picked[1].unscorable == {0: reason, 1: reason}


def test_a_problem_whose_tests_are_refused_has_no_winner_and_costs_no_other(executor, service):
    service.otherwise = refusing_prose
    check_picks(list(best_of_n_each(PROBLEMS, executor=executor, extract=False)))
    assert len(service.requests) == 2


@pytest.mark.anyio
async def test_a_problem_whose_tests_are_refused_costs_no_other_when_awaited(new_executor, service):
    service.otherwise = refusing_prose
    async with new_executor() as executor:
        check_picks([best async for best in best_of_n_each_async(PROBLEMS, executor=executor, extract=False)])


def test_problems_whose_tests_are_all_refused_are_an_error(executor, service):
    service.otherwise = refusing_prose
    with pytest.raises(InvalidSuiteError, match="suite 'problem 0' has no valid test"):
        list(best_of_n_each([Problem("p", ["f = 1"], ["prose"])] * 2, executor=executor, extract=False))
    with pytest.raises(InvalidSuiteError):
        best_of_n("p", ["f = 1"], tests=["prose"], executor=executor, extract=False)
