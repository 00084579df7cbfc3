"""Ranks by consensus, reward model and several rules in order, with the reasons."""

import math

import pytest

from clients import (
    By,
    CandidateResult,
    NothingScorableError,
    Problem,
    Status,
    Suite,
    TestResult,
    UnscorableReason,
    best_of_n,
    best_of_n_async,
    best_of_n_each,
    best_of_n_each_async,
    rank,
)
from tests.unit.clients.fake_service import FakeResponse

SIGNS = {"+": "passed", "-": "wrong_answer", "!": "runtime_error"}


def judged(signs):
    tests = [TestResult(outcome=SIGNS[sign]) for sign in signs]
    rate = signs.count("+") / len(signs)
    return CandidateResult(id="", index=0, suite="s", status=Status.JUDGED, pass_rate=rate, tests=tests)


LOST = CandidateResult(
    id="", index=0, suite="s", status=Status.UNSCORABLE, reason=UnscorableReason.WORKER_LOST
)


def ranked(verdicts, **options):
    results = [judged(each) if each else LOST for each in verdicts]
    return rank(results, ["x"] * len(results), **options)


def test_consensus_prefers_agreement_on_tests_that_distinguish_programs():
    verdicts = [*["++---"] * 4, *["+++++"] * 3, *["+----"] * 4, None]
    best = ranked(verdicts, by="consensus")
    assert best.winner == 4
    assert "group most likely right, belief" in best.reasons[0]
    assert "3 of the candidates pass the same 5 tests" in best.reasons[0]
    assert best.unscorable == {11: "worker_lost"}


def test_agreement_and_majority_say_what_they_counted():
    verdicts = ["++-", "++-", "--+"]
    assert (
        "most agreement, 2.828: 2 of the candidates pass the same 2"
        in ranked(verdicts, by="agreement").reasons[0]
    )
    assert "the most common outcomes: 2 of the candidates" in ranked(verdicts, by="majority").reasons[0]


def test_to_fail_alike_is_no_majority():
    assert ranked(["!!!", "!!!", "!!!", "+--"], by=By.MAJORITY).winner == 3
    nothing = ranked(["---", "---"], by="majority")
    assert (nothing.winner, nothing.reasons[0]) == (
        0,
        "candidate 0 is first by the rules for ties: no candidate passed a test",
    )


def test_a_test_imagined_often_counts_as_often():
    assert ranked(["+-", "-+"], by="agreement").winner == 0
    assert ranked(["+-", "-+"], by="agreement", weights=[1, 3]).winner == 1


def test_a_reward_model_alone_needs_no_tests():
    best = rank([], ["a", "b", "c"], by="rm", scores=[0.5, None, 2])
    assert (best.ranking, best.scores, best.results) == ([2, 0], [0.5, None, 2], [])
    assert best.reasons == ["candidate 2 has the highest score, 2"]
    assert best.unscorable == {1: "no finite score"}


def test_a_score_that_is_not_finite_never_wins():
    best = rank([], ["a", "b"], by="rm", scores=[math.nan, -math.inf])
    assert (best.winner, best.scores) == (None, [None, None])
    with pytest.raises(NothingScorableError, match="none of the 2 candidates has a score; no finite score"):
        _ = best.best


def test_tests_first_and_the_reward_model_among_equals():
    best = ranked(["+-", "++", "++", None], by=("pass_rate", "rm"), scores=[9, 1, 2, 99])
    assert best.ranking == [2, 1, 0]
    assert best.reasons[:2] == [
        "candidate 2 has the highest pass rate, 1",
        "of 2 tied: it has the highest score, 2",
    ]
    assert 3 in best.unscorable


def test_a_candidate_without_a_score_is_ranked_behind_its_equals_and_the_reasons_say_so():
    assert ranked(["++", "++", "++"], by=("pass_rate", "rm"), scores=[None, -5, None]).ranking == [1, 0, 2]
    none = ranked(["++", "++"], by=("pass_rate", "rm"), scores=[None, None])
    assert "of 2 tied: none has a score" in none.reasons


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        (
            {"by": "luck"},
            "'luck' is not a rule; the rules are pass_rate, consensus, agreement, overlap, majority, rm",
        ),
        ({"by": ()}, "name one rule"),
        ({"by": ("rm", "rm")}, "once each"),
        ({"by": "rm"}, "needs scores, one for each of the 2"),
        ({"by": "rm", "scores": [1]}, "needs scores, one for each of the 2"),
    ],
)
def test_a_rule_that_cannot_be_followed_is_refused(options, wrong):
    with pytest.raises(ValueError, match=wrong):
        ranked(["+", "-"], **options)
    with pytest.raises(ValueError, match="needs verdicts by tests"):
        rank([], ["a"])


def by_program(request):
    """Judge by outcomes written in the program's text."""
    import json

    from tests.unit.clients.fake_service import result

    results = []
    for at, each in enumerate(request.body["candidates"]):
        rate = float(each.get("completion", each.get("program")).count("good"))
        results.append(result(at, each, "passed" if rate else "wrong_answer", rate))
    suites = [{"id": suite["id"], "test_hashes": []} for suite in request.body["suites"]]
    return FakeResponse(
        200, json.dumps({"id": "e", "runner_version": "1", "suites": suites, "results": results}).encode()
    )


def test_a_scorer_is_asked_about_what_tests_leave_tied_and_about_nothing_else(executor, service):
    service.otherwise = by_program
    scored = []

    def scorer(prompt, candidates):
        scored.append((prompt, candidates))
        return [len(each) for each in candidates]

    problems = [
        Problem("p", ["bad long one", "good", "good 2"], ["assert f()"]),
        Problem("q", ["bad", "good"], ["assert g()"]),
    ]
    found = list(
        best_of_n_each(problems, by=("pass_rate", "rm"), scorer=scorer, executor=executor, extract=False)
    )
    assert [best.winner for best in found] == [2, 1]
    assert scored == [("p", ["good", "good 2"]), ("q", ["good"])]
    assert found[0].scores == [None, 4, 6]


def test_a_reward_model_alone_asks_no_executor():
    best = best_of_n("p", ["Sure:\n```python\nx = 1\n```", "x = 2"], by="rm", scores=[2, 1])
    assert (best.winner, best.program) == (0, "x = 1")


@pytest.mark.anyio
async def test_a_scorer_may_be_awaited(new_executor, service):
    service.otherwise = by_program

    async def scorer(prompt, candidates):
        return [-len(each) for each in candidates]

    async with new_executor() as client:
        problems = [Problem(f"p{at}", ["good 1", "good"], ["assert f()"]) for at in range(5)]
        each = best_of_n_each_async(
            problems, by=["pass_rate", "rm"], scorer=scorer, executor=client, extract=False
        )
        assert [(best.prompt, best.winner) async for best in each] == [(f"p{at}", 1) for at in range(5)]
    alone = await best_of_n_async("p", ["aa", "a"], by="rm", scorer=scorer)
    assert alone.winner == 1


@pytest.mark.anyio
async def test_a_scorer_that_fails_is_heard_as_it_is():
    async def failing(prompt, candidates):
        raise RuntimeError("no such model")

    async def short(prompt, candidates):
        return [1.0]

    with pytest.raises(RuntimeError, match="no such model"):
        await best_of_n_async("p", ["a", "b"], by="rm", scorer=failing)
    with pytest.raises(ValueError, match="1 scores for 2 candidates"):
        await best_of_n_async("p", ["a", "b"], by="rm", scorer=short)


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        ({}, "needs 'tests'"),
        ({"by": "agreement"}, "needs 'tests'"),
    ],
)
def test_a_missing_argument_is_an_error_before_anything_is_sent(executor, service, options, wrong):
    with pytest.raises(ValueError, match=wrong):
        best_of_n("p", ["a"], executor=executor, **options)
    assert service.requests == []


def test_candidates_are_a_list_for_a_reward_model_too():
    with pytest.raises(TypeError, match="give a list of programs"):
        best_of_n("p", "x = 1", by="rm", scores=[1])


def test_weights_of_the_suite_count_for_consensus(executor, service):
    import json

    def answer(request):
        results = []
        for at, each in enumerate(request.body["candidates"]):
            signs = each["program"]
            tests = [{"outcome": SIGNS[sign]} for sign in signs]
            results.append(
                {
                    "id": str(at),
                    "index": at,
                    "suite": each["suite"],
                    "status": "judged",
                    "pass_rate": 0.5,
                    "tests": tests,
                }
            )
        suites = [{"id": suite["id"], "test_hashes": []} for suite in request.body["suites"]]
        return FakeResponse(
            200, json.dumps({"id": "e", "runner_version": "1", "suites": suites, "results": results}).encode()
        )

    service.otherwise = answer
    suite = Suite(id="s", asserts=["assert a", "assert b"], weights=[1, 3])
    options = {"executor": executor, "extract": False, "by": "agreement"}
    assert best_of_n("p", ["+-", "-+"], tests=suite, **options).winner == 1


@pytest.mark.parametrize(
    ("by", "values"), [("overlap", True), (("overlap", "rm"), True), ("consensus", None)]
)
def test_overlap_asks_the_executor_for_values(executor, service, by, values):
    best_of_n("p", ["a", "b"], tests=["assert a"], by=by, scores=[1, 0], executor=executor)
    (request,) = service.requests
    assert request.body.get("values") is values


def test_overlap_prefers_programs_that_return_the_same(executor):
    def judged(at, *hashes):
        tests = [TestResult(outcome="wrong_answer", value_hash=one) for one in hashes[:-1]]
        tests.append(TestResult(outcome="passed", value_hash=hashes[-1]))
        return CandidateResult(id="", index=at, suite="s", status="judged", pass_rate=0.5, tests=tests)

    results = [judged(0, "a", "x"), judged(1, "b", "x"), judged(2, "b", "x")]
    best = rank(results, ["p", "q", "q2"], by="overlap")
    assert best.winner == 1
    assert "2 of the candidates return the same" in best.reasons[0]
