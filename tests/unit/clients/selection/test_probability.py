"""Checks which facts decide the probability of a pick, and how best-of-N uses it."""

from math import log

import pytest

from clients import CandidateResult, Outcome, Status, TestResult, rank
from clients.selection.consensus import agreement, posterior
from clients.selection.probability import facts_of, probability_right


def rows(*texts):
    return [[{"1": True, "0": False, "-": None}[cell] for cell in text] if text else None for text in texts]


def test_the_facts_are_shares_and_the_lead():
    matrix = rows("110", "110", "001", "000", "")
    share, tests, lead, average = facts_of(agreement(matrix), matrix)
    assert share == pytest.approx(log(2.5 / 2.5))  # 2 of 4 programs with a verdict
    assert tests == pytest.approx(log(2.5 / 1.5))  # 2 of 3 tests
    assert lead == pytest.approx(log((2 * 2 / 3 + 0.5) / (1 / 3 + 0.5)))
    assert average == pytest.approx(log((3 * 5 / 12 + 0.5) / (3 - 3 * 5 / 12 + 0.5)))


def test_invalid_tests_and_repeated_programs_without_verdict_do_not_count():
    plain, more = rows("10", "01"), rows("10-", "01-", "")
    assert facts_of(agreement(plain), plain) == facts_of(agreement(more), more)


def test_more_agreement_is_more_probable():
    few, many = rows("11", *["10"] * 3, *["01"] * 3), rows(*["11"] * 6, "10")
    assert probability_right(posterior(few), few) < 0.5 < probability_right(posterior(many), many)


def test_without_a_group_there_is_no_probability():
    matrix = rows("00", "")
    assert probability_right(agreement(matrix), matrix) is None


def results(*texts):
    return [
        CandidateResult(
            id=str(at),
            index=at,
            suite="s",
            status=Status.JUDGED,
            pass_rate=text.count("1") / len(text),
            tests=[TestResult(outcome=Outcome.PASSED if c == "1" else Outcome.WRONG_ANSWER) for c in text],
        )
        for at, text in enumerate(texts)
    ]


@pytest.mark.parametrize("by", ["consensus", "agreement", "overlap"])
def test_below_the_least_probability_there_is_no_winner(by):
    judged = results("11", "11", "11", "10")
    best = rank(judged, ["a"] * 4, by=by)
    assert 0.5 < best.probability < 1
    kept = rank(judged, ["a"] * 4, by=by, at_least=best.probability)
    none = rank(judged, ["a"] * 4, by=by, at_least=best.probability + 0.01)
    assert (kept.winner, none.winner, none.program, none.probability) == (0, None, None, best.probability)
    assert none.ranking == best.ranking
    assert none.reasons[0].startswith("no pick: the probability that candidate 0 is right is 0.")


def test_no_group_means_no_pick_if_a_probability_is_asked_for():
    assert rank(results("00", "00"), ["a", "b"], by="consensus", at_least=0.01).winner is None


@pytest.mark.parametrize(
    ("by", "at_least", "message"),
    [
        ("pass_rate", 0.5, "consensus, agreement, overlap"),
        ("majority", 0.5, "'majority'"),
        ("consensus", 2, "0 to 1"),
    ],
)
def test_a_least_probability_that_cannot_be_followed_is_refused(by, at_least, message):
    with pytest.raises(ValueError, match=message):
        rank(results("11"), ["a"], by=by, at_least=at_least)


def test_rules_that_are_no_consensus_have_no_probability():
    assert rank(results("11"), ["a"]).probability is None
