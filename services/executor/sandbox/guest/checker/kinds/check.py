"""Prepares a check test, in the checker process: one function ``check(candidate)``, in the shape of HumanEval.

It is one assert test that calls ``check`` with the program's entry point; the source that defines ``check`` runs behind
the setup, before the test.
"""

from typing import Any

from ..plan import make_plan
from ..suite import declared_names
from ..vacuity import CANDIDATE
from .asserts import AssertTests

_UNASKED_CODE = compile(f"check({CANDIDATE})", "<test>", "exec")
"""The test without the program: our own line must not count as a use of the entry point."""


def prepare(message: dict[str, Any]) -> AssertTests:
    """Compile the test."""
    entry_point = message["entry_point"]
    plan = make_plan([f"check({entry_point})"], message["setup"], declared_names(message), message["check"])
    return AssertTests(plan, fresh=message["state"] == "fresh", unasked_code=_UNASKED_CODE)
