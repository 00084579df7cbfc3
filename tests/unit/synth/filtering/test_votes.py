"""The proxy, any of k and consensus, on matrices small enough to decide by hand."""

from clients.contract import TestDrop
from services.synth.filtering.votes import decide_by_any, decide_by_consensus, decide_by_proxy
from tests.unit.synth.filtering.matrices import dropped, matrix


def test_the_proxy_alone_decides():
    assert dropped(decide_by_proxy(matrix("110", "001", "001"))) == [None, None, TestDrop.REJECTED]


def test_a_proxy_without_a_verdict_loses_the_question():
    assert dropped(decide_by_proxy(matrix(None, "11"))) == [TestDrop.REJECTED] * 2


def test_one_pass_of_k_is_enough():
    decisions = decide_by_any(matrix("100", "010", None))
    assert dropped(decisions) == [None, None, TestDrop.REJECTED]
    assert [decision.probability for decision in decisions] == [0.5, 0.5, 0.0]
    assert decisions[2].detail == "none of 2 programs passes it"


def test_agreement_outvotes_the_program_that_passes_most_alone():
    decisions = decide_by_consensus(matrix("1111", "1100", "1100"))
    assert dropped(decisions) == [None, None, TestDrop.REJECTED, TestDrop.REJECTED]


def test_programs_that_all_differ_decide_nothing():
    assert dropped(decide_by_consensus(matrix("100", "010", "001"))) == [TestDrop.UNDECIDED] * 3


def test_what_equally_supported_groups_dispute_is_undecided():
    decisions = decide_by_consensus(matrix("110", "110", "101", "101"))
    assert dropped(decisions) == [None, TestDrop.UNDECIDED, TestDrop.UNDECIDED]
    assert decisions[1].detail == "1 of 2 equally supported groups of programs pass it"


def test_the_probability_of_consensus_is_the_share_of_the_scores():
    # Scores: √4 × 1 test for the group of four, √1 × 1 test for the single program.
    decisions = decide_by_consensus(matrix("10", "10", "10", "10", "01"))
    assert [round(decision.probability, 3) for decision in decisions] == [0.667, 0.333]
