"""Several programs were judged; the best one is chosen, with the reasons.

The verdicts here are written by hand. ``best_of_n`` fetches real ones and then does exactly this.
"""

import pytest

from clients import CandidateResult, NothingScorableError, Outcome, Status, TestResult, UnscorableReason, rank


def verdict(*outcomes):
    """The service's result for a program with these outcomes."""
    tests = [TestResult(outcome=outcome) for outcome in outcomes]
    rate = outcomes.count(Outcome.PASSED) / len(outcomes)
    return CandidateResult(id="", index=0, suite="s", status=Status.JUDGED, pass_rate=rate, tests=tests)


def no_verdict(reason):
    return CandidateResult(id="", index=0, suite="s", status=Status.UNSCORABLE, reason=reason)


PASS, FAIL = Outcome.PASSED, Outcome.WRONG_ANSWER


def test_the_higher_pass_rate_wins():
    best = rank([verdict(PASS, FAIL), verdict(PASS, PASS)], ["def f(): ...", "def f(): return 1"])
    assert best.winner == 1
    assert best.reasons[0] == "candidate 1 has the highest pass rate, 1"


def test_among_equals_agreement_counts_as_evidence():
    results = [verdict(PASS, FAIL), verdict(FAIL, PASS), verdict(FAIL, PASS)]
    best = rank(results, ["a", "bb", "cc"])
    assert best.ranking == [1, 2, 0]
    assert "2 candidates have the same outcomes" in best.reasons[1]


def test_a_failure_of_the_service_is_no_failure_of_the_program():
    best = rank([no_verdict(UnscorableReason.WORKER_LOST), verdict(FAIL, FAIL)], ["a", "b"])
    assert best.ranking == [1]
    assert "worker_lost" in best.unscorable[0]


def test_without_any_verdict_there_is_no_winner():
    best = rank([no_verdict(UnscorableReason.DEADLINE)], ["a"])
    assert best.winner is None
    with pytest.raises(NothingScorableError):
        _ = best.best
