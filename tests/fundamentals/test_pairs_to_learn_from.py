"""From verdicts to preference pairs: which answer is better, by how much, and what is left out."""

from clients import CandidateResult, Status, TestResult
from clients.pairs import JudgedQuestion, LeftOut, PairPolicy, PairReport, preference_pairs


def question(**answers):
    """A question with named answers; ``+``: the answer passed a test, ``-``: it failed."""
    results = []
    for at, signs in enumerate(answers.values()):
        tests = [TestResult(outcome="passed" if sign == "+" else "wrong_answer") for sign in signs]
        results.append(CandidateResult(id=str(at), index=at, suite="q", status=Status.JUDGED, tests=tests))
    programs = [f"def f(): return {name!r}" for name in answers]
    return JudgedQuestion("q", "Write f.", programs, programs, results)


def test_good_against_half_right_is_a_pair_and_its_margin_is_the_gap():
    (pair,) = preference_pairs([question(good="+++++", half="++---")])
    assert "good" in pair.chosen
    assert (pair.margin, pair.chosen_rate, pair.rejected_rate) == (0.6, 1.0, 0.4)


def test_what_fails_everything_is_often_no_attempt_and_is_not_learnt_from():
    assert list(preference_pairs([question(good="+++++", nothing="-----")])) == []
    lenient = PairPolicy(chosen_at_least=1.0, gap_at_least=0.5, rejected_above=0.0)
    assert list(preference_pairs([question(good="++++-", half="+----")], lenient)) == []


def test_the_report_counts_what_was_left_out_and_why():
    report = PairReport()
    same = JudgedQuestion("q", "", ["x = 1", "x=1"], ["x = 1", "x=1"], question(a="+++++", b="+++++").results)
    assert list(preference_pairs([same], report=report)) == []
    assert report.left_out[LeftOut.DUPLICATE] == 1
    assert report.in_words() == "0 pairs of 1 questions, 1 answers like another, 1 questions without a pair"
