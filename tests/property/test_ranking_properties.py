"""For any verdicts: the ranking has exactly the judged candidates, and does not depend on order."""

from hypothesis import given
from hypothesis import strategies as st

from clients import CandidateResult, Status, TestResult, rank

RESULTS = st.lists(
    st.one_of(
        st.none(),
        st.lists(st.sampled_from(["passed", "wrong_answer", "time_limit"]), min_size=3, max_size=3),
    ),
    max_size=12,
)


def verdict(outcomes):
    if outcomes is None:
        return CandidateResult(id="", index=0, suite="s", status=Status.UNSCORABLE, reason="deadline")
    tests = [TestResult(outcome=each) for each in outcomes]
    rate = outcomes.count("passed") / len(outcomes)
    return CandidateResult(id="", index=0, suite="s", status=Status.JUDGED, pass_rate=rate, tests=tests)


@given(RESULTS)
def test_the_ranking_holds_exactly_the_judged_and_never_rises(outcomes):
    best = rank([verdict(each) for each in outcomes], ["x"] * len(outcomes))
    assert sorted([*best.ranking, *best.unscorable]) == list(range(len(outcomes)))
    rates = [best.results[at].pass_rate for at in best.ranking]
    assert rates == sorted(rates, reverse=True)
    assert best.winner == (best.ranking[0] if best.ranking else None)
    assert best.reasons


@given(RESULTS, st.randoms(use_true_random=False))
def test_the_winner_does_not_depend_on_order_but_for_equals(outcomes, random):
    programs = ["x" * (at + 1) for at in range(len(outcomes))]  # all lengths differ: no last-resort ties
    order = list(range(len(outcomes)))
    random.shuffle(order)
    best = rank([verdict(each) for each in outcomes], programs)
    shuffled = rank([verdict(outcomes[at]) for at in order], [programs[at] for at in order])
    assert best.program == shuffled.program
