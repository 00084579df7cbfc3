"""Builds and reads the messages between worker and checker, except the programs: the suite, and the result of a test.

Input is trusted: the checker is our code, and says before it runs the code of a candidate (``untrusted``).
"""

import json
from typing import Any

from clients.contract import Isolation, Outcome, Printed, Suite, TestResult
from services.executor.sandbox import Rules
from services.executor.sandbox.guest.wire.evaluating_names import has_any
from services.executor.sandbox.guest.wire.orders import DECIDED

_OUTCOMES = {outcome.value: outcome for outcome in Outcome}


def suite_line(suite: Suite, rules: Rules) -> bytes:
    """Return the message that gives a suite to a checker."""
    limits = rules.limits
    fields = {
        "kind": _guest_kind(suite),
        "asserts": suite.asserts,
        "setup": suite.setup,
        "io": None if suite.io is None else [test.model_dump() for test in suite.io],
        "comparison": suite.comparison.model_dump(mode="json"),
        "checker": suite.checker,
        "check": suite.check,
        "entry_point": suite.entry_point,
        "entry_points": suite.entry_points,
        "state": rules.state.value,
        "on_timeout": rules.on_timeout.value,
        "values": rules.values,
        "limits": {
            "cpu_s": limits.cpu_s,
            "wall_s": limits.wall_s,
            "total_cpu_s": limits.total_cpu_s,
            "total_wall_s": limits.total_wall_s,
            "output_bytes": limits.output_bytes,
        },
    }
    return json.dumps(["suite", fields]).encode() + b"\n"


def _guest_kind(suite: Suite) -> str:
    """Return the name of the suite's kind in the jail (``guest/checker/kinds/registry``)."""
    if suite.isolation is Isolation.SAME_PROCESS:
        return "same_process"
    return suite.kind.value if suite.checker is None else "checker_program"


def may_evaluate(suite: Suite) -> bool:
    """Whether a test of the suite may run what a program returned as code in its checker."""
    return any(map(has_any, (suite.setup, suite.check or "", *(suite.asserts or ()))))


def result_of(
    outcome: str,
    cpu_s: float,
    message: str,
    rests: bool | str,
    printed: dict[str, Any] | None = None,
    score: float | None = None,
    value_hash: str | None = None,
    *,
    in_same_process: bool = False,
) -> TestResult:
    """Build a test's result from the fields of a ``test`` message after its kind, program and test number.

    ``rests`` is ``DECIDED`` for a pass that the program alone decided. ``in_same_process``: the suite's tests run in
    the program's process, and a pass is marked.
    """
    return TestResult(  # three times as fast as ``model_construct``, which is Python code
        outcome=_OUTCOMES[outcome],
        cpu_s=cpu_s,
        message=message,
        rests_on_program=bool(rests),
        decided_by_program=rests == DECIDED,
        same_process=in_same_process and outcome == "passed",
        score=score,
        value_hash=value_hash,
        printed=None if printed is None else Printed(**printed),
    )
