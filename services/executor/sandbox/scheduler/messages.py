"""Builds and reads the messages between worker and checker, except the programs: the suite, and the result of a test.

Input is trusted: the checker is our code and never runs the code of a candidate.
"""

import json
from typing import Any

from clients.contract import Outcome, Printed, Suite, TestResult
from services.executor.sandbox import Rules


def suite_line(suite: Suite, rules: Rules) -> bytes:
    """Return the message that gives a suite to a checker."""
    limits = rules.limits
    fields = {
        "kind": suite.kind.value,
        "asserts": suite.asserts,
        "setup": suite.setup,
        "io": None if suite.io is None else [test.model_dump() for test in suite.io],
        "comparison": suite.comparison.model_dump(mode="json"),
        "check": suite.check,
        "entry_point": suite.entry_point,
        "state": rules.state.value,
        "on_timeout": rules.on_timeout.value,
        "limits": {
            "cpu_s": limits.cpu_s,
            "wall_s": limits.wall_s,
            "total_cpu_s": limits.total_cpu_s,
            "total_wall_s": limits.total_wall_s,
            "output_bytes": limits.output_bytes,
        },
    }
    return json.dumps(["suite", fields]).encode() + b"\n"


def result_of(
    outcome: str, cpu_s: float, message: str, rests: bool, printed: dict[str, Any] | None = None
) -> TestResult:
    """Build a test's result from the fields of a ``test`` message after its kind, program and test number."""
    return TestResult.model_construct(
        outcome=Outcome(outcome),
        cpu_s=cpu_s,
        message=message,
        rests_on_program=rests,
        printed=None if printed is None else Printed(**printed),
    )
