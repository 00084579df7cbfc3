"""For any outcomes: every pair fulfils the rule, by fractions, and order does not matter."""

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from clients import CandidateResult, Status, TestResult
from clients.pairs import JudgedQuestion, PairPolicy, PairReport, preference_pairs

ANSWERS = st.integers(1, 20).flatmap(
    lambda tests: st.lists(
        st.tuples(
            st.integers(0, 40),
            st.one_of(
                st.none(),
                st.lists(
                    st.sampled_from(["passed", "wrong_answer", "not_run"]), min_size=tests, max_size=tests
                ),
            ),
        ),
        max_size=12,
    )
)


def question(answers):
    programs = [f"x = {number}" for number, _ in answers]
    results = [
        CandidateResult(id=str(at), index=at, suite="q", status=Status.UNSCORABLE, reason="deadline")
        if outcomes is None
        else CandidateResult(
            id=str(at),
            index=at,
            suite="q",
            status=Status.JUDGED,
            tests=[TestResult(outcome=o) for o in outcomes],
        )
        for at, (_, outcomes) in enumerate(answers)
    ]
    return JudgedQuestion("q", "p", programs, programs, results)


@settings(deadline=None)
@given(ANSWERS, st.one_of(st.none(), st.integers(1, 5)))
def test_every_pair_fulfils_the_rule_and_none_is_there_twice(answers, cap):
    judged_question, report = question(answers), PairReport()
    found = list(preference_pairs([judged_question], PairPolicy(per_question=cap), report))
    for pair in found:
        rates = [Fraction(signs.count("1"), len(signs)) for signs in (pair.chosen_tests, pair.rejected_tests)]
        assert rates[0] >= Fraction(4, 5)
        assert rates[0] - rates[1] >= Fraction(2, 5)
        assert rates[1] > 0
    sides = [(pair.chosen, pair.rejected) for pair in found]
    assert len(set(sides)) == len(sides) == report.pairs
    assert cap is None or len(found) <= cap


@settings(deadline=None)
@given(ANSWERS, st.randoms(use_true_random=False))
def test_the_order_of_answers_changes_nothing(answers, chance):
    turned = list(answers)
    chance.shuffle(turned)
    policy = PairPolicy(per_question=3)

    def pairs_of(rows):
        return {(pair.chosen, pair.rejected) for pair in preference_pairs([question(rows)], policy)}

    assert pairs_of(answers) == pairs_of(turned)
