"""Computes curves over N on small written-out verdicts: right samples, oracles, what is left out."""

import pytest

from clients.contract import CandidateResult, Outcome, Status, Suite, TestResult, UnscorableReason
from clients.datasets import EvaluationProblem
from clients.evaluation.curves import (
    AVERAGE,
    GREEDY,
    ORACLE,
    AnsweredProblem,
    Selector,
    chance_of_right_pick,
    compute_curves,
    pick,
    steps_of_n,
)
from clients.evaluation.estimators import pass_at_k
from clients.evaluation.result_rows import evalplus_results, human_eval_row, pick_row, sample_row

RIGHT, HALF, WRONG, NONE = "pp", "pf", "ff", ""
OUTCOMES = {
    "p": Outcome.PASSED,
    "f": Outcome.WRONG_ANSWER,
    "t": Outcome.TIME_LIMIT,
    "i": Outcome.INVALID_TEST,
}


def verdict(marks):
    if not marks:
        return CandidateResult(
            id="",
            index=0,
            suite="s",
            status=Status.UNSCORABLE,
            reason=UnscorableReason.WORKER_LOST,
            detail="d",
        )
    tests = [TestResult(outcome=OUTCOMES[mark]) for mark in marks]
    valid = [test for test in tests if test.outcome is not Outcome.INVALID_TEST]
    rate = sum(test.outcome is Outcome.PASSED for test in valid) / len(valid)
    return CandidateResult(
        id="", index=0, suite="s", status=Status.JUDGED, pass_rate=rate, reward=rate, tests=tests
    )


def answered(*marks, seen=None, scores=None, task="t", weights=None):
    graded = [verdict(each) for each in marks]
    selection_results = graded if seen is None else [verdict(each) for each in seen]
    programs = [f"program {at}" for at in range(len(marks))]
    return AnsweredProblem(
        task, "p", programs, graded, selection_results, scores or [None] * len(marks), weights
    )


def honest(name):
    return Selector.named(name, imagined=True)


def by_label(found):
    return {curve.label: [point.share.mean for point in curve.points] for curve in found}


def test_first_average_and_oracle_are_what_their_formulas_say():
    problems = [answered(WRONG, RIGHT, RIGHT, HALF, task="a"), answered(RIGHT, WRONG, WRONG, WRONG, task="b")]
    found = by_label(compute_curves(problems, []))
    assert found[GREEDY] == [0.5] * 3
    assert found[AVERAGE] == pytest.approx([(0.5 + 0.25) / 2] * 3)
    assert found[ORACLE] == pytest.approx([(pass_at_k(4, 2, n) + pass_at_k(4, 1, n)) / 2 for n in (1, 2, 4)])


def test_what_has_no_verdict_is_neither_right_nor_wrong():
    problem = answered(NONE, RIGHT, NONE, WRONG)
    assert problem.right == [None, True, None, False]
    found = compute_curves([problem, answered(RIGHT, RIGHT, task="b")], [])
    assert by_label(found)[AVERAGE] == pytest.approx([0.75, 0.75])
    first = found[0].points[0].share
    assert (first.mean, first.problems) == (1.0, 1), "a first sample without a verdict is not wrong"


def test_the_steps_end_where_half_of_the_problems_have_so_many_verdicts():
    assert steps_of_n([]) == []
    assert steps_of_n([answered(NONE)]) == []
    assert steps_of_n([answered(*[RIGHT] * 6)]) == [1, 2, 4, 6]
    long, short = [answered(*[RIGHT] * size, task=str(size)) for size in (16, 2)]
    assert steps_of_n([long, short]) == [1, 2, 4, 8, 16]
    assert steps_of_n([long, short, short]) == [1, 2]
    at_16 = compute_curves([long, short], [])[1].at(16)
    assert at_16 is not None
    assert at_16.problems == 1


def test_a_point_says_over_how_many_problems_it_is():
    found = compute_curves([answered(RIGHT, WRONG, task="a"), answered(RIGHT, NONE, task="b")], [])
    assert [point.share.problems for point in found[1].points] == [2, 1]


@pytest.mark.parametrize("rule", ["pass_rate", "posterior", "agreement", "majority"])
def test_by_the_tests_that_grade_every_rule_is_an_oracle(rule):
    selector = Selector.named(rule, imagined=False)
    assert selector.oracle
    assert "oracle" in selector.label
    assert not honest(rule).oracle
    assert "oracle" not in honest(rule).label


def test_a_reward_model_alone_uses_no_tests_and_is_no_oracle():
    assert not Selector.named("rm", imagined=False).oracle
    assert Selector.named("rm+pass_rate", imagined=False).oracle


def test_an_unknown_rule_is_refused_by_name():
    with pytest.raises(ValueError, match=r"'best'.*pass_rate"):
        honest("best")


@pytest.mark.parametrize("rule", ["pass_rate", "posterior", "agreement", "majority"])
def test_of_one_sample_every_selector_is_the_average(rule):
    problem = answered(RIGHT, WRONG, WRONG, HALF, RIGHT)
    assert chance_of_right_pick(problem, 1, selector=honest(rule), draws=5) == pytest.approx(0.4)


def test_pass_rate_of_the_tests_that_grade_is_the_oracle():
    problems = [answered(RIGHT, WRONG, HALF, WRONG, RIGHT, WRONG, task=str(at)) for at in range(3)]
    found = by_label(compute_curves(problems, [Selector.named("pass_rate", imagined=False)]))
    assert found["pass_rate (oracle)"] == pytest.approx(found[ORACLE])


def test_a_selector_is_led_by_imagined_tests_and_graded_by_the_true_ones():
    misled = answered(RIGHT, WRONG, seen=["ff", "pp"])
    assert pick(misled, honest("pass_rate"), 2).winner == 1
    assert chance_of_right_pick(misled, 2, selector=honest("pass_rate")) == 0.0
    assert pick_row(misled, honest("pass_rate"), 2).row["reward"] == 0.0


def test_ties_share_the_pick():
    assert (
        chance_of_right_pick(answered(RIGHT, WRONG, seen=["pp", "pp"]), 2, selector=honest("agreement"))
        == 0.5
    )
    assert (
        chance_of_right_pick(answered(RIGHT, WRONG, seen=["pp", "pp"]), 2, selector=honest("pass_rate"))
        == 0.5
    )


def test_a_problem_without_imagined_tests_is_a_random_pick():
    problem = answered(RIGHT, WRONG, WRONG, WRONG, seen=[NONE] * 4)
    for rule in ("posterior", "pass_rate", "majority"):
        assert chance_of_right_pick(problem, 4, selector=honest(rule)) == 0.25


def test_scores_break_what_tests_leave_tied():
    problem = answered(WRONG, RIGHT, RIGHT, seen=["pp", "pp", "pf"], scores=[0.1, 0.9, 5.0])
    assert chance_of_right_pick(problem, 3, selector=honest("pass_rate+rm")) == 1.0
    assert chance_of_right_pick(problem, 3, selector=honest("pass_rate")) == 0.5


def test_the_same_seed_gives_the_same_curves_and_problems_do_not_share_their_draws():
    problems = [answered(*[RIGHT, HALF, WRONG, WRONG, WRONG] * 4, task=str(at)) for at in range(4)]
    selectors = [honest("posterior")]
    assert compute_curves(problems, selectors, draws=7, seed=3) == compute_curves(
        problems, selectors, draws=7, seed=3
    )
    values = {chance_of_right_pick(problem, 5, selector=selectors[0], draws=7) for problem in problems}
    assert len(values) > 1


def test_a_sample_row_says_null_where_there_is_no_verdict():
    rows = [sample_row(answered(NONE, HALF), at) for at in (0, 1)]
    assert (rows[0]["passed"], rows[0]["pass_rate"], rows[0]["reason"]) == (None, None, "worker_lost: d")
    assert (rows[1]["passed"], rows[1]["pass_rate"], rows[1]["solution"]) == (False, 0.5, "program 1")
    assert not [key for row in rows for key in row if key.startswith("_")]


def test_where_no_sample_can_be_ranked_the_pick_has_a_note():
    row = pick_row(answered(NONE, NONE), honest("pass_rate"), 2).row
    assert (row["index"], row["reward"]) == (0, None)
    assert "not a choice" in row["note"]


def test_rows_of_human_eval_keep_the_fields_of_the_sample():
    given = {"task_id": "t", "completion": "c", "mine": 1}
    rows = {marks: human_eval_row(given, verdict(marks)) for marks in ("pp", "pf", "pt", "ip", NONE)}
    assert all(given.items() <= row.items() for row in rows.values())
    assert [row["passed"] for row in rows.values()] == [True, False, False, True, None]
    assert rows["pf"]["result"] == "failed: wrong_answer in test 1"
    assert rows["pt"]["result"] == "timed out"
    assert rows[NONE]["result"].startswith("unscorable")


def test_evalplus_rows_keep_base_and_plus_apart_and_give_the_input_that_failed():
    task = EvaluationProblem(Suite(id="t", asserts=["a", "b", "c"]), inputs=([1], [2], [3]), base=1)
    problem = answered("ppp", "ppf", "tpp", NONE)
    found = evalplus_results([(problem, range(4))], {"t": task}, date="d", digest="h")
    rows = found["eval"]["t"]
    assert (found["date"], found["hash"], len(rows)) == ("d", "h", 3), "what has no verdict is in no rate"
    assert [(row["base_status"], row["plus_status"]) for row in rows] == [
        ("pass", "pass"),
        ("pass", "fail"),
        ("timeout", "pass"),
    ]
    assert [(row["base_fail_tests"], row["plus_fail_tests"]) for row in rows] == [
        ([], []),
        ([], [[3]]),
        ([[1]], []),
    ]


def test_without_plus_tests_their_status_is_null_as_evalplus_has_it():
    task = EvaluationProblem(Suite(id="t", asserts=["a", "b"]))
    rows = evalplus_results([(answered(HALF), [0])], {"t": task}, date="", digest="")["eval"]["t"]
    assert (rows[0]["base_status"], rows[0]["plus_status"], rows[0]["base_fail_tests"]) == (
        "fail",
        None,
        ["b"],
    )
