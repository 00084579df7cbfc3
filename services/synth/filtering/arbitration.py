"""Reads a judge's verdicts on a disputed test, and joins them with the filter's probability. Pure."""

import re
from collections.abc import Sequence

from clients.contract import TestDrop
from services.synth.filtering.matrix import TestDecision

_VERDICT = re.compile(r"VERDICT:\W*(right|wrong|unsettled)\b", re.IGNORECASE)


def read_verdict(reply: str) -> bool | None:
    """Return whether the judge calls the expected value right; ``None`` if it does not settle it.

    The last verdict of the reply counts: a judge that thinks aloud may name several.
    """
    words = _VERDICT.findall(reply)
    return {"right": True, "wrong": False}.get(words[-1].lower()) if words else None


def arbitrate(decision: TestDecision, verdicts: Sequence[bool | None]) -> TestDecision:
    """Return the decision on an undecided test after the judge's verdicts.

    All verdicts must agree, since a judge is asked only where solvers disagree. One that is unsettled or cannot be read
    leaves the test undecided. The probability stays the solvers' own: a judge's error rate is not known.
    """
    if not verdicts or any(verdict is None or verdict != verdicts[0] for verdict in verdicts):
        dropped, verdict = TestDrop.UNDECIDED, "does not settle it"
    elif verdicts[0]:
        dropped, verdict = None, "calls it right"
    else:
        dropped, verdict = TestDrop.REJECTED, "calls it wrong"
    return TestDecision(dropped, decision.probability, f"{decision.detail}; the judge {verdict}")
