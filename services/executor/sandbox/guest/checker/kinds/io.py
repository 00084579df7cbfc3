"""Runs io tests, in the checker process: runs a program as a script on each input, and compares what it prints.

A test without an expected output is not compared: what the program printed is returned, and the test passes.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ..answer_hash import hash_of_text
from ..outcomes import escape_controls
from ..runner import ProgramRun
from ..script import JudgeOutput, ScriptRun, run_script

SHOWN_CHARS = 200
"""Length of the printed text that a message quotes."""
_BLANKS = " \t\r"
"""What ``lines`` drops at the end of a line. Other white space (form feed, no-break space) is printed on purpose."""
_INTEGER = re.compile(r"[+-]?[0-9]+(?:_[0-9]+)*")
"""As Python writes integers: ``1_000`` is one too."""
_INTEGER_DIGITS = 4000
"""Longest integer that is compared within ``abs_tol``: Python refuses to convert longer ones (above 4300)."""


def prepare(message: dict[str, Any]) -> "IoTests":
    """Take the tests from the worker's message: every input is valid."""
    return IoTests(message["io"], message["comparison"])


@dataclass(frozen=True, slots=True)
class IoTests:
    """The inputs of one suite with their expected outputs, and the rule that compares outputs."""

    tests: list[dict[str, Any]]
    comparison: dict[str, Any]
    invalid: Mapping[int, str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """The number of tests."""
        return len(self.tests)

    def run(self, program_run: ProgramRun, t: int) -> int:
        """Run the program on one input and report the outcome; return the next test.

        For a test without an expected output, report what the program printed.
        """
        program_run.before_test()
        test = self.tests[t]
        expected: str | None = test["stdout"]
        outputs: list[str] = []
        judge = None if expected is None else partial(self._judge_output, expected, outputs)
        ran = run_io_test(program_run, test, judge)
        is_hashed = program_run.suite.values and outputs and ran.outcome in ("passed", "wrong_answer")
        value_hash = hash_of_text("\n".join(_trimmed_lines(outputs[0]))) if is_hashed else None
        program_run.report(t, ran.outcome, ran.cpu_s, ran.message, printed=ran.printed, value_hash=value_hash)
        return finish_script(program_run, t, ran)

    def _judge_output(self, expected: str, outputs: list[str], printed: str) -> tuple[str, str]:
        """Return outcome and message of a script that ended by itself; add what it printed to ``outputs``."""
        outputs.append(printed)
        if is_same_output(printed, expected, self.comparison):
            return "passed", ""
        return "wrong_answer", escape_controls(f"printed {printed[:SHOWN_CHARS]!r}")


def run_io_test(program_run: ProgramRun, test: dict[str, Any], judge: JudgeOutput | None) -> ScriptRun:
    """Run the program on one input and count its time."""
    limits = program_run.limits_left()
    ran = run_script(program_run.orders, limits, program_run.spent_cpu_s, program_run.program, test, judge)
    program_run.spent_cpu_s += ran.cpu_s - ran.overrun_s
    program_run.add_idle(ran.idle_s)
    if ran.is_near_limit:
        program_run.report_near_limit()
    return ran


def finish_script(program_run: ProgramRun, t: int, ran: ScriptRun) -> int:
    """Return the test to run after ``t``, whose outcome was reported; none if the program does not compile."""
    if ran.outcome == "syntax_error":
        return program_run.fill_remaining(t + 1, ran.outcome, ran.message)
    return program_run.next_after(t, ran.outcome)


def is_same_output(printed: str, expected: str, rule: dict[str, Any]) -> bool:
    """Compare under ``rule``: its ``mode`` and, for ``float``, ``rel_tol`` and ``abs_tol``."""
    mode = rule["mode"]
    if printed == expected:
        return True
    if mode == "exact":
        return False
    if mode == "lines":
        return _trimmed_lines(printed) == _trimmed_lines(expected)
    if mode == "trailing_newline":
        return printed.rstrip("\r\n") == expected.rstrip("\r\n")
    left, right = printed.split(), expected.split()
    if mode == "tokens":
        return left == right
    return len(left) == len(right) and all(_is_close(a, b, rule) for a, b in zip(left, right, strict=True))


def _trimmed_lines(text: str) -> list[str]:
    """Return the lines without the blanks at their ends, and without blank lines at the end. Linear in the length."""
    lines = [line.rstrip(_BLANKS) for line in text.split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _is_close(a: str, b: str, rule: dict[str, Any]) -> bool:
    if a == b:
        return True
    if not (a.isascii() and b.isascii()):
        return False  # Python reads the digits of every script; no other judge does
    if _INTEGER.fullmatch(a) and _INTEGER.fullmatch(b):
        return _are_close_integers(a, b, rule["abs_tol"])
    try:
        left, right = float(a), float(b)
    except ValueError:
        return False
    return math.isclose(left, right, rel_tol=rule["rel_tol"], abs_tol=rule["abs_tol"])


def _are_close_integers(a: str, b: str, abs_tol: float) -> bool:
    """Compare two integers exactly. A tolerance forgives rounding; only one of 1 or more can be meant for integers."""
    if _canonical(a) == _canonical(b):
        return True
    return abs_tol >= 1 and max(len(a), len(b)) <= _INTEGER_DIGITS and abs(int(a) - int(b)) <= abs_tol


def _canonical(integer: str) -> str:
    """Write an integer without plus sign and leading zeros. As text: no integer is too long for it."""
    digits = integer.replace("_", "").lstrip("+-").lstrip("0")
    return f"-{digits}" if digits and integer[0] == "-" else digits
