import pytest

from clients.contract import CandidateResult, Outcome, Status, TestResult
from loop.steps.held_out.measured import restricted
from loop.steps.held_out.selection import (
    RULES,
    HeldOutQuestion,
    pair_accuracy,
    paired,
    selection_row,
    steps_of_n,
    with_scores,
)

P, W, X = Outcome.PASSED, Outcome.WRONG_ANSWER, Outcome.INVALID_TEST
BY_NAME = {rule.name: rule for rule in RULES}


def verdict(*outcomes: Outcome) -> CandidateResult:
    counted = [outcome for outcome in outcomes if outcome is not X]
    return CandidateResult(
        id="0",
        index=0,
        suite="q",
        status=Status.JUDGED,
        pass_rate=sum(outcome is P for outcome in counted) / len(counted),
        tests=[TestResult(outcome=outcome) for outcome in outcomes],
    )


def no_verdict() -> CandidateResult:
    return CandidateResult(id="0", index=0, suite="q", status=Status.UNSCORABLE)


def question(
    right: list[bool | None],
    scores: list[float | None],
    imagined: list[CandidateResult] | None = None,
    name: str = "q",
) -> HeldOutQuestion:
    graded = [no_verdict() if one is None else verdict(P if one else W) for one in right]
    programs = [f"{'x' * (1 + at)}" for at in range(len(right))]
    return HeldOutQuestion(name, "text", True, programs, graded, imagined, imagined, scores)


def means(rule: str, *questions: HeldOutQuestion) -> dict[int, float]:
    return {n: share.mean for n, share in selection_row(BY_NAME[rule], questions).by_n.items()}


def test_n_doubles_up_to_all_samples() -> None:
    assert steps_of_n(64) == [1, 2, 4, 8, 16, 32, 64]
    assert steps_of_n(6) == [1, 2, 4, 6]


def test_a_reward_model_that_is_always_right_reaches_the_oracle() -> None:
    one = question([True, False, False, False], [3.0, 1.0, 2.0, 0.0])
    assert means("reward model", one) == means("oracle", one)
    assert means("oracle", one) == pytest.approx({1: 0.25, 2: 0.5, 4: 1.0})


def test_random_picks_are_right_as_often_as_samples_whatever_n() -> None:
    assert means("random", question([True, False], [0.0, 0.0])) == {1: 0.5, 2: 0.5}


def test_length_picks_the_longest_or_the_shortest() -> None:
    one = question([False, True], [0.0, 0.0])  # the second program is longer
    assert means("length, longest", one)[2] == 1.0
    assert means("length, shortest", one)[2] == 0.0


def test_a_question_without_imagined_tests_counts_as_a_random_pick() -> None:
    assert means("imagined tests", question([True, False], [0.0, 0.0])) == {1: 0.5, 2: 0.5}


def test_consensus_finds_the_program_that_tests_agree_on() -> None:
    imagined = [verdict(P, P, P, W), verdict(P, P, P, W), verdict(W, W, W, P), verdict(P, W, W, W)]
    one = question([True, True, False, False], [0.0] * 4, imagined)
    assert means("imagined tests", one)[4] == 1.0


def test_a_sample_without_a_verdict_is_neither_right_nor_wrong() -> None:
    one = question([True, None, False], [0.0, 9.0, 1.0])
    assert means("random", one) == {1: 0.5, 2: 0.5}
    assert means("reward model", one)[2] == 0.0


def test_a_point_leaves_out_questions_with_fewer_verdicts() -> None:
    few, many = question([True], [0.0]), question([False, False], [0.0, 0.0], name="other")
    by_n = selection_row(BY_NAME["random"], [few, many]).by_n
    assert {n: share.questions for n, share in by_n.items()} == {1: 2, 2: 1}


def test_pair_accuracy_counts_pairs_of_one_question_and_ties_half() -> None:
    one = question([True, False, False], [1.0, 1.0, 0.0])
    other = question([True, True], [0.0, 5.0], name="other")  # no pair
    assert pair_accuracy([one, other]) == pytest.approx(0.75)
    assert pair_accuracy([other]) is None


def test_a_paired_difference_leaves_out_questions_without_a_second_value() -> None:
    questions = [question([True], [0.0]), question([False], [0.0], name="other")]
    difference = paired(questions, lambda _: 1.0, lambda one: 0.5 if one.id == "q" else None)
    assert (difference.mean, difference.questions) == (0.5, 1)


def test_scores_of_another_model_come_without_the_greedy_answers() -> None:
    one = with_scores(question([True, False], [0.0, 1.0]), {"q": [9.0, 3.0, 2.0]})
    assert one.scores == [3.0, 2.0]


def test_a_verdict_by_some_tests_has_their_rate_without_invalid_ones() -> None:
    result = restricted(verdict(P, W, X, P), [0, 1, 2])
    assert result.pass_rate == 0.5
    assert [test.outcome for test in result.tests] == [P, W, X]
    assert restricted(verdict(P, X), [1]).pass_rate is None
    assert restricted(no_verdict(), [0]).status is Status.UNSCORABLE


def test_three_questions_have_no_interval_and_ten_have_one() -> None:
    three = [question([True, False], [0.2, 0.1], name=f"q{at}") for at in range(3)]
    for share in selection_row(BY_NAME["reward model"], three).by_n.values():
        assert (share.low, share.high, share.questions) == (None, None, 3)
    gain = paired(three, lambda one: 1.0, lambda one: 0.0)
    assert (gain.mean, gain.low) == (1.0, None), "an interval of no width would claim a difference"
    ten = [question([True, False], [0.2, 0.1], name=f"q{at}") for at in range(10)]
    assert selection_row(BY_NAME["random"], ten).by_n[1].low is not None
