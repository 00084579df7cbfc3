"""Runs tests in the program's own process (``isolation: same_process``): one new process for each test.

For tests that patch or subclass what the program uses. The checker still forks the process, enforces its limits and
decides: a pass is the line that it made for this test, sent back (``candidate.same_process`` says when). Every other
line, and silence, is a fail. A test that passed, or skipped itself, runs once more in a process without the program: if
it ends so without looking for the program, it is invalid (``candidate.unasked``).

A kind of its own in the jail, since it shares nothing with how ``asserts`` and ``check`` are otherwise run; in the
contract it is a property of those two.
"""

import sys
from typing import Any

from ...wire.pass_line import make_pass_line
from .. import pytest_shim
from ..candidate_link import CandidateLink
from ..candidate_process import CandidateLost
from ..library_names import is_builtin
from ..outcomes import FORGED, escape_controls
from ..runner import ProgramRun
from ..suite import declared_names
from ..vacuity import NEVER_ASKS, SKIPS_ITSELF

_FAILS = frozenset({"wrong_answer", "runtime_error", "memory_limit", "syntax_error"})
"""The outcomes that the process may report of itself: none of them earns anything."""
_SKIPPED = "SkipTest"
"""How the message of a test begins that skipped itself."""


def prepare(message: dict[str, Any]) -> "SameProcessTests":
    """Take the tests from the worker's message, and find those that do not compile."""
    setup = [text for text in (_definition_check(declared_names(message)), message["setup"]) if text]
    if message["check"] is None:
        return SameProcessTests(setup, message["asserts"])
    entry_point = message["entry_point"]
    return SameProcessTests([*setup, message["check"]], [f"check({entry_point})"], entry_point)


def _definition_check(declared: set[str]) -> str:
    """Return the source that fails where the program does not define a declared name: a builtin must not answer."""
    return "".join(
        f"if {name!r} not in globals():\n    raise NameError('the program does not define {name}')\n"
        for name in sorted(declared)
        if is_builtin(name)
    )


class SameProcessTests:
    """The texts of one suite's tests."""

    def __init__(self, setup: list[str], tests: list[str], entry_point: str | None = None) -> None:
        """``entry_point`` is the name of the function that a ``check`` gets."""
        self._setup = setup
        self._tests = tests
        self._entry_point = entry_point
        self._vacuity: dict[int, str] = {}
        self.size = len(tests)
        fault = next((f"setup: {fault}" for text in setup if (fault := _fault(text))), "")
        faults = {t: fault or _fault(test) for t, test in enumerate(tests)}
        self.invalid = {t: reason for t, reason in faults.items() if reason}
        shim = pytest_shim.__name__
        self._aliases = {"pytest": shim} if sys.modules.get("pytest") is pytest_shim else {}

    def run(self, program_run: ProgramRun, t: int) -> int:
        """Run one test in a new process and report its outcome; return the next test."""
        if t in self.invalid:
            program_run.report_invalid(t)
            return t + 1
        program_run.before_test()
        link = CandidateLink(program_run.orders, program_run.limits_left(), program_run.spent_cpu_s)
        try:
            outcome, message = self._ended(link, program_run, t)
            outcome, message = program_run.apply_cpu_limit(outcome, message, link)
            used_s = link.time.used_s()
        finally:
            program_run.spent_cpu_s += link.time.total_cpu_s()
            program_run.add_idle(link.time.idle.total_s)
            link.end()
        if (outcome == "passed" or message.startswith(_SKIPPED)) and (reason := self._reason(program_run, t)):
            outcome, message = "invalid_test", reason
        program_run.report(t, outcome, used_s, message)
        if outcome == "syntax_error":
            return program_run.fill_remaining(t + 1, outcome, message)
        return program_run.next_after(t, outcome)

    def _reason(self, program_run: ProgramRun, t: int) -> str:
        """Return why test ``t`` is invalid; empty if it is valid. Found once for all programs: it depends on none."""
        if t not in self._vacuity:
            link = CandidateLink(program_run.orders, program_run.suite.limits, 0.0)
            line: list[Any] | None = None
            try:
                link.send(["unasked", self._setup, self._tests[t], self._aliases, self._entry_point])
                line = link.receive()
            except CandidateLost:  # such as a test that runs out of time without the program
                pass
            finally:
                link.end()
            end = line[1] if line is not None and line[0] == "unasked" else ""
            self._vacuity[t] = {"passed": NEVER_ASKS, "skipped": SKIPS_ITSELF}.get(end, "")
        return self._vacuity[t]

    def _ended(self, link: CandidateLink, program_run: ProgramRun, t: int) -> tuple[str, str]:
        """Have the process run the test; return outcome and message."""
        try:
            link.send(["test", program_run.text, self._setup, self._tests[t], self._aliases])
            line = link.receive()
            if line == ["ready"]:  # no code of the program has run yet
                passed = make_pass_line()
                link.send(passed)
                line = link.receive()
                if line == passed:
                    return "passed", ""
        except CandidateLost as lost:
            return lost.outcome, lost.message
        return _outcome_of(line)


def _outcome_of(line: list[Any] | None) -> tuple[str, str]:
    """Return outcome and message of a test that did not pass, from a line of any shape."""
    match line:
        case ["ended", str(outcome), str(message)] if outcome in _FAILS:
            return outcome, escape_controls(message)
    return "runtime_error", FORGED


def _fault(text: str) -> str:
    """Return why a text is not Python, or an empty string."""
    try:
        compile(text, "<test>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return f"{type(error).__name__}: {error}"[:300]
    return ""
