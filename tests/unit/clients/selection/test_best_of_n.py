"""Ranks candidates by pass rate and breaks ties; sends problems in batches."""

import pytest

from clients import (
    CandidateResult,
    NothingScorableError,
    Problem,
    Status,
    TestResult,
    UnscorableReason,
    best_of_n_each,
    rank,
)


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
