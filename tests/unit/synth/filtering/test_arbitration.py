"""What a judge's replies mean, and what they do to an undecided test."""

import pytest

from clients.contract import TestDrop
from services.synth.filtering.arbitration import arbitrate, read_verdict
from services.synth.filtering.matrix import TestDecision

OPEN = TestDecision(TestDrop.UNDECIDED, 0.5, "2 of 4 programs pass it")


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        ("The sum is 6.\nVERDICT: right", True),
        ("VERDICT: **Wrong**", False),
        ("VERDICT: right? No: the list is empty.\nVERDICT: wrong", False),
        ("VERDICT: unsettled", None),
        ("I think it is right.", None),
    ],
)
def test_the_last_verdict_counts(reply, verdict):
    assert read_verdict(reply) is verdict


@pytest.mark.parametrize(
    ("verdicts", "dropped"),
    [
        ([True], None),
        ([True, True], None),
        ([False], TestDrop.REJECTED),
        ([True, False], TestDrop.UNDECIDED),
        ([True, None], TestDrop.UNDECIDED),
        ([], TestDrop.UNDECIDED),
    ],
)
def test_only_agreeing_verdicts_decide(verdicts, dropped):
    decision = arbitrate(OPEN, verdicts)
    assert (decision.dropped, decision.probability) == (dropped, 0.5)
