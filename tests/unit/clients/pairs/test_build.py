"""Makes pairs by AceCoder's rule on recomputed rates, with caps, similarity and lengths."""

from collections import Counter

import pytest

from clients import CandidateResult, Status, TestResult
from clients.pairs import JudgedQuestion, LeftOut, PairPolicy, PairReport, count_pairs, preference_pairs
from clients.pairs.similarity import canonical, shingles, similarity

OUTCOMES = {"1": "passed", "0": "wrong_answer", "-": "invalid_test", "n": "not_run"}


def judged(name, signs, resting=()):
    tests = [
        TestResult(outcome=OUTCOMES[sign], rests_on_program=at in resting) for at, sign in enumerate(signs)
    ]
    # A published rate is never read: this one lies.
    return CandidateResult(
        id=name, index=0, suite="q", status=Status.JUDGED, pass_rate=1.0, reward=1.0, tests=tests
    )


def question(*answers, name="q", programs=None):
    """``answers`` are (id, signs); without signs there is no verdict."""
    texts = programs or [f"def f(): return '{own}'" for own, _ in answers]
    results = [
        judged(own, signs)
        if signs
        else CandidateResult(
            id=own, index=0, suite="q", status=Status.UNSCORABLE, reason="deadline", pass_rate=1.0
        )
        for own, signs in answers
    ]
    return JudgedQuestion(name, "Do it.", texts, texts, results, ["h"] * 3)


def pairs(judged_question, report=None, **policy):
    found = [*preference_pairs([judged_question], PairPolicy(**policy), report)]
    assert len(found) == count_pairs(judged_question, PairPolicy(**policy))
    return [(pair.chosen_id, pair.rejected_id) for pair in found]


@pytest.mark.parametrize(
    ("better", "worse", "makes"),
    [
        ("11111", "11100", True),  # 1.0 and 0.6: a gap of exactly 0.4
        ("11110", "11000", True),  # 0.8 and 0.4: both limits exactly
        ("1" * 17 + "000", "1" * 9 + "0" * 11, True),  # 0.85 - 0.45 is below 0.4 in floats
        ("11110", "11100", False),
        ("11100", "10000", False),  # the better is below 0.8
        ("11111", "00000", False),  # what fails everything is no attempt
        ("1111-", "1000-", True),  # an invalid test is in no rate: 1.0 and 0.25
        ("1111n", "11nnn", True),  # what was not run did not pass
    ],
)
def test_the_rule_at_its_edges(better, worse, makes):
    expected = [("good", "bad")] if makes else []
    assert pairs(question(("bad", worse), ("good", better))) == expected


def test_answers_that_pass_nothing_may_be_rejected_answers():
    answers = question(("a", "11111"), ("b", "10000"), ("c", "00000"))
    assert pairs(answers) == [("a", "b")]
    assert set(pairs(answers, reject_rate_zero=True)) == {("a", "b"), ("a", "c")}
    assert pairs(answers, reject_rate_zero=True, rejected_above=0.5) == [("a", "c")]  # its own rule


def test_a_pair_carries_what_its_rates_rest_on():
    (pair,) = preference_pairs([question(("a", "1111-"), ("b", "1000-"))])
    assert (pair.chosen_rate, pair.rejected_rate, pair.margin) == (1.0, 0.25, 0.75)
    assert (pair.chosen_tests, pair.rejected_tests, pair.test_hashes) == ("1111-", "1000-", ["h"] * 3)
    assert (pair.question, pair.prompt) == ("q", "Do it.")


def test_an_answer_without_a_verdict_is_in_no_pair():
    report = PairReport()
    assert pairs(question(("lost", ""), ("bad", "10000")), report) == []
    assert report.left_out[LeftOut.UNSCORABLE] == report.left_out[LeftOut.NO_PAIR] == 1


def test_passes_that_rest_on_the_program_may_be_left_out():
    judged_question = question(("a", "11111"), ("b", "10000"))
    resting = judged("a", "11111", resting=[0, 1])
    judged_question = JudgedQuestion(
        "q", "", judged_question.answers, judged_question.programs, [resting, judged_question.results[1]]
    )
    assert pairs(judged_question) == [("a", "b")]
    assert pairs(judged_question, count_passes_resting_on_program=False) == []  # 0.6


def test_the_same_program_counts_once_and_not_at_all_if_judged_in_two_ways():
    programs = ["def f(): return 1", "def f():  # one\n    return 1", "def f(): return 2", "x = 1", "x  =  1"]
    signs = ["11111", "11111", "10000", "11000", "10000"]
    report = PairReport()
    judged_question = question(*zip("abcde", signs, strict=True), programs=programs)
    assert pairs(judged_question, report) == [("b", "c")]
    assert report.left_out == Counter({LeftOut.DUPLICATE: 1, LeftOut.CONTRADICTED: 2, LeftOut.LENGTH: 0})


def test_near_duplicates_with_the_same_outcomes_count_once():
    body = "\n".join(f"    x{at} = g({at})" for at in range(12))
    near = [f"def f():\n{body}\n    return {end}" for end in (1, 2)]
    programs = [*near, "def f(): pass"]
    judged_question = question(("a", "11111"), ("b", "11111"), ("c", "10000"), programs=programs)
    assert len(pairs(judged_question)) == 2
    assert len(pairs(judged_question, similar_at_least=0.8)) == 1
    other = question(("a", "11111"), ("b", "11110"), ("c", "10000"), programs=programs)
    assert len(pairs(other, similar_at_least=0.8)) == 2


def test_lengths_that_differ_too_much_make_no_pair():
    programs = ["x = 1" + "0" * 95, "y = 2" + "0" * 45]
    judged_question = question(("a", "11111"), ("b", "10000"), programs=programs)
    report = PairReport()
    assert pairs(judged_question, report, length_ratio_at_most=1.9) == []
    assert report.left_out[LeftOut.LENGTH] == 1
    assert pairs(judged_question, length_ratio_at_most=2.0) == [("a", "b")]


def many(good=6, bad=6, name="q"):
    answers = [(f"g{at}", "11111") for at in range(good)] + [(f"b{at}", "10000") for at in range(bad)]
    programs = [f"x = {'1' * (at % 3 + 1)}{at}" for at in range(good + bad)]
    return question(*answers, name=name, programs=programs)


def test_a_cap_keeps_pairs_of_as_many_answers_as_can_be():
    kept = pairs(many(), per_question=6)
    assert len(kept) == 6
    assert {len(set(side)) for side in zip(*kept, strict=True)} == {6}


def test_a_cap_evens_out_lengths():
    report = PairReport()
    found = pairs(many(9, 9), report, per_question=40)
    assert len(found) == report.pairs == 40
    assert abs(report.chosen_longer - 13) <= 6  # a third of all pairs are of one length
    assert report.left_out[LeftOut.CAP] == 41
    assert "40 pairs of 1 questions, the longer answer is chosen in" in report.in_words()


def test_the_seed_and_the_question_decide_what_a_cap_keeps_and_nothing_else_does():
    judged_question = many()
    kept = set(pairs(judged_question, per_question=5, seed=1))
    order = [5, 0, 11, 3, 1, 2, 4, 10, 9, 8, 7, 6]
    turned = JudgedQuestion(
        "q",
        "",
        *(
            [part[at] for at in order]
            for part in (judged_question.answers, judged_question.programs, judged_question.results)
        ),
    )
    assert set(pairs(turned, per_question=5, seed=1)) == kept
    beside = preference_pairs([many(name="other"), judged_question], PairPolicy(per_question=5, seed=1))
    assert {(pair.chosen_id, pair.rejected_id) for pair in beside if pair.question == "q"} == kept
    assert set(pairs(judged_question, per_question=5, seed=2)) != kept


def test_few_tests_make_no_pairs():
    report = PairReport()
    assert pairs(question(("a", "11-"), ("b", "10-")), report, tests_at_least=3) == []
    assert report.left_out[LeftOut.FEW_TESTS] == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"chosen_at_least": 1.2},
        {"gap_at_least": 0},
        {"rejected_above": -1},
        {"per_question": 0},
        {"length_ratio_at_most": 0.5},
        {"similar_at_least": 2},
    ],
)
def test_a_policy_that_makes_no_sense_is_refused_by_name(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        PairPolicy(**wrong)


def test_what_does_not_fit_together_is_refused():
    with pytest.raises(ValueError, match="different numbers of tests"):
        pairs(question(("a", "111"), ("b", "10")))
    with pytest.raises(ValueError, match="2 verdicts; give as many answers"):
        pairs(question(("a", "111"), ("b", "100"), programs=["x"]))


def test_canonical_text_ignores_layout_and_takes_anything():
    assert canonical('def f():\n    """Doc."""\n    return (1)') == canonical("def f(): return 1 # c")
    assert canonical("def f(:\n\n  x  ") == "def f(:\n  x"
    for hostile in ("\0", "x = " + "-" * 100_000 + "1", "(" * 500, "\ud800", "", "a = '''", " \tx\n  y"):
        assert similarity(shingles(hostile), shingles(hostile)) == 1
        canonical(hostile)
    assert similarity(shingles("a = 1 + 2"), shingles("for x in y: pass")) == 0
