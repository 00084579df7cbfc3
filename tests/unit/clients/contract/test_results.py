"""Results: the reason for a missing verdict is one line of text."""

import pytest

from clients import CandidateResult, Status


@pytest.mark.parametrize(
    ("reason", "detail", "text"),
    [
        ("worker_lost", "see the logs", "worker_lost: see the logs"),
        ("deadline", "", "deadline"),
        (None, "", "no pass rate"),
    ],
)
def test_the_reason_is_one_line(reason, detail, text):
    result = CandidateResult(
        id="0", index=0, suite="s", status=Status.UNSCORABLE, reason=reason, detail=detail
    )
    assert result.reason_text == text
    assert "reason_text" not in result.model_dump()
