"""Runs io tests whose outputs a checker program judges, in the checker process. A kind of its own in the jail only.

The program runs as in every io test. Then ``check(input, output, expected)`` runs in another process
(``checker_program``), with what was printed.

A test is invalid if the checker program is at fault whatever a program prints: it does not load, or it does not accept
the test's own expected output. That is found before the first program of the suite is judged, so that it is the same
for every program. If it accepts the expected output and then fails on a candidate's, the output is the likely cause: it
is a wrong answer, or a time limit. Where no output is expected, these cases cannot be told apart, and the test fails.
"""

from dataclasses import dataclass, field
from typing import Any

from ..checker_program import CheckerAnswer, CheckerProgram
from ..outcomes import escape_controls
from ..runner import ProgramRun
from .io import SHOWN_CHARS, finish_script, run_io_test

_FREE_CPU_S, _FREE_RATIO = 1.0, 3.0
"""What a call may use of CPU time, in seconds or by comparison with the call on the expected output. What an output
costs beyond counts in its program's total: with many tests, outputs made to be slow to check would hold up a worker."""


def prepare(message: dict[str, Any]) -> "CheckerProgramTests":
    """Take the tests and the checker program from the worker's message."""
    return CheckerProgramTests(message["io"], CheckerProgram(message["checker"]))


@dataclass(slots=True)
class CheckerProgramTests:
    """The inputs of one suite, and the checker program that judges what is printed for them."""

    tests: list[dict[str, Any]]
    checker: CheckerProgram
    invalid: dict[int, str] = field(default_factory=dict)
    """Filled when the first program is judged."""
    _code: tuple[str, str] | None = None
    """The checker program's text and code, once it was compiled."""
    _accepted: dict[int, CheckerAnswer] = field(default_factory=dict)
    """The answer for each test's own expected output."""

    @property
    def size(self) -> int:
        """The number of tests."""
        return len(self.tests)

    def run(self, program_run: ProgramRun, t: int) -> int:
        """Run the program on one input, have its output judged and report the outcome; return the next test."""
        if self._code is None:
            self._code = program_run.compiled(self.checker.source)
            self._find_invalid(program_run)
        if t in self.invalid:
            program_run.report_invalid(t)
            return t + 1
        program_run.before_test()
        printed: list[str] = []

        def keep(text: str) -> tuple[str, str]:
            printed.append(text)
            return "passed", ""

        ran = run_io_test(program_run, self.tests[t], keep)
        if ran.outcome != "passed":
            program_run.report(t, ran.outcome, ran.cpu_s, ran.message)
            return finish_script(program_run, t, ran)
        answer = self._answer(program_run, t, printed[-1])
        ran.outcome, ran.message = _outcome_of(answer, printed[-1])
        if answer.is_out_of_time:
            program_run.charge_own_time(ran.cpu_s)
        else:
            program_run.spent_cpu_s += max(0.0, answer.cpu_s - self._allowed_s(t))
        is_decided = self.checker.evaluates and ran.outcome == "passed"
        score = answer.score if answer.is_partial else None
        program_run.report(t, ran.outcome, ran.cpu_s, ran.message, decided_by_program=is_decided, score=score)
        return finish_script(program_run, t, ran)

    def _find_invalid(self, program_run: ProgramRun) -> None:
        """Find the tests for which the checker program is at fault."""
        assert self._code is not None
        if fault := self.checker.load_fault(program_run.orders, self._code):
            self.invalid.update(dict.fromkeys(range(self.size), f"the checker program is at fault: {fault}"))
            return
        for t, test in enumerate(self.tests):
            if test["stdout"] is None:
                continue
            program_run.report_progress()
            answer = self._accepted[t] = self._call(program_run, test, test["stdout"])
            if not answer.accepts:
                reason = answer.fault or f"its score is {answer.score:g}"
                self.invalid[t] = f"the checker program does not accept the test's expected output: {reason}"

    def _answer(self, program_run: ProgramRun, t: int, output: str) -> CheckerAnswer:
        test = self.tests[t]
        if output == test["stdout"]:
            return self._accepted[t]
        if any(0xD800 <= ord(char) <= 0xDFFF for char in output) and not output.isascii():
            return CheckerAnswer(fault="the output is not UTF-8")
        return self._call(program_run, test, output)

    def _allowed_s(self, t: int) -> float:
        """Return the CPU seconds of the checker program that an output may cost without a charge to its program."""
        accepted = self._accepted.get(t)
        return _FREE_CPU_S if accepted is None else max(_FREE_CPU_S, _FREE_RATIO * accepted.cpu_s)

    def _call(self, program_run: ProgramRun, test: dict[str, Any], output: str) -> CheckerAnswer:
        assert self._code is not None
        return self.checker.call(program_run.orders, self._code, [test["stdin"], output, test["stdout"]])


def _outcome_of(answer: CheckerAnswer, printed: str) -> tuple[str, str]:
    """Return outcome and message of a script that ended by itself and printed ``printed``."""
    if answer.accepts:
        return "passed", ""
    shown = escape_controls(f"printed {printed[:SHOWN_CHARS]!r}")
    if answer.is_out_of_time:
        return "time_limit", f"the checker program did not end on this output: {answer.fault}; {shown}"
    if answer.fault:
        return "wrong_answer", f"the checker program has no answer for this output: {answer.fault}; {shown}"
    score = f" with score {answer.score:g}" if answer.is_partial else ""
    return "wrong_answer", f"the checker program refused the output{score}; {shown}"
