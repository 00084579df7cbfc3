"""Runs one program through a suite's tests and reports one outcome for each.

Decides what is left of the candidate's totals, and when the remaining tests are not run. How tests run is decided by
their kind (``kinds``), when a candidate is given up by ``candidate_link`` and ``time_budget``.
"""

import socket
from base64 import b64encode
from collections.abc import Mapping
from copy import copy
from typing import Any, NoReturn, Protocol

from ..compiler.compiler import CompilerClient
from ..wire.channel import ChannelClosed
from ..wire.orders import DECIDED
from .candidate_link import CandidateLink
from .outcomes import OVER_CPU_LIMIT
from .reporter import Reporter
from .suite import CandidateLimits, PreparedSuite

TOTAL_SPENT = "the total CPU or wall time of this program was used up by earlier tests"
"""The message of tests that are not run for want of time."""
_MESSAGE_CHARS = 500
"""Length of one test's message: some lines for people to read, of every test of every candidate."""
_READS_SOURCE = "inspect"
"""A word of every program that reads its own source (``inspect.getsource``)."""
_ROUNDING_S = 1e-6
"""Three tests that used a third of the total each have used all of it, whatever their sum is in binary."""


RecordedOutcomes = dict[int, tuple[str, str, bool | str]]
"""Outcome, message and mark of each test, by number. The mark is that of the worker's message."""


class PreparedTests(Protocol):
    """The tests of one suite, prepared by their kind; used for all programs of the suite."""

    @property
    def size(self) -> int:
        """The number of tests."""
        ...

    @property
    def invalid(self) -> Mapping[int, str]:
        """Tests that can judge no program, by number, with the reason."""
        ...

    def run(self, program_run: "ProgramRun", t: int) -> int:
        """Run test ``t``, or one load of the program and the tests from ``t`` on that can use it; report an outcome
        for each of them. Return the number of the next test to run.
        """
        ...


class ProgramRun:
    """One program: its code, the time it has spent, and the reports of its tests."""

    def __init__(
        self,
        suite: PreparedSuite,
        reporter: "Reporter | _RecordingReporter",
        orders: socket.socket,
        compiler: CompilerClient,
        index: int,
        text: str,
        spent_cpu_s: float,
        spent_idle_s: float,
        *,
        report_each_test: bool,
    ) -> None:
        """``index`` numbers the program in the worker's messages; the spent seconds are those of earlier checkers."""
        self.suite = suite
        self.orders = orders
        self.spent_cpu_s = spent_cpu_s
        self._spent_idle_s = spent_idle_s
        self._reporter = reporter
        self._index = index
        self._report_each_test = report_each_test
        self.text = text
        """Its text, for a process that compiles it together with a test."""
        self._compiler = compiler
        self.program = self.compiled(text)
        """Text and code as a candidate receives them (``compiled``)."""

    def compiled(self, text: str) -> tuple[str, str]:
        """Return a text and its code. The text is empty where there is code and the program does not read its own
        source. Do not call this while a fork is not yet answered.
        """
        code = b64encode(self._compiler.compile(text)).decode()
        return ("" if code and _READS_SOURCE not in text else text, code)

    def judge(self, tests: PreparedTests, start: int) -> None:
        """Report an outcome for every test from ``start`` on."""
        self.run_from(tests, start)
        self._reporter.report(["end", self._index])
        self._reporter.flush()

    def run_from(self, tests: PreparedTests, start: int) -> int:
        """Report an outcome for every test from ``start`` on; return the size of the suite: no test is left to run."""
        t = start
        while t < self.suite.size:
            if self._is_total_spent(self.spent_cpu_s, self._spent_idle_s):
                return self.fill_remaining(t, "not_run", TOTAL_SPENT)
            t = tests.run(self, t)
        return self.suite.size

    def recording(self) -> tuple["ProgramRun", RecordedOutcomes]:
        """Return a run of the same program from here on, and the dictionary to which it adds what each test came to
        instead of reporting them. It spends nothing of this run's totals.
        """
        copied = copy(self)
        outcomes: RecordedOutcomes = {}
        copied._reporter = _RecordingReporter(self._reporter, self._index, outcomes)  # noqa: SLF001
        return copied, outcomes

    # Limits

    def limits_left(self) -> CandidateLimits:
        """Return the limits of the next candidate process."""
        return self.suite.limits.after_idle(self._spent_idle_s)

    def is_total_spent_with(self, link: CandidateLink) -> bool:
        """Whether this program's totals are used up, with what the live candidate has used."""
        return self._is_total_spent(
            self.spent_cpu_s + link.time.reported_cpu_s, self._spent_idle_s + link.time.idle.total_s
        )

    def _is_total_spent(self, cpu_s: float, idle_s: float) -> bool:
        limits = self.suite.limits
        return cpu_s >= limits.total_cpu_s - _ROUNDING_S or idle_s >= limits.total_wall_s

    def add_idle(self, idle_s: float) -> None:
        """Count the idle time of a process that has ended, and tell the worker: it counts beyond this checker."""
        if idle_s:
            self._spent_idle_s += idle_s
            self._reporter.report(["idle", self._index, idle_s])

    def apply_cpu_limit(self, outcome: str, message: str, link: CandidateLink) -> tuple[str, str]:
        """Return outcome and message of a test that ended by itself: ``time_limit`` if it did so beyond its limit.

        Reports that the program is to be judged again if the machine may be the cause of the outcome.
        """
        if link.was_killed or link.is_near_limit():
            self.report_near_limit()
        if link.is_near_limit():
            outcome, message = "time_limit", OVER_CPU_LIMIT
        self.spent_cpu_s -= link.time.refund_overrun()
        return outcome, message

    def charge_own_time(self, used_s: float) -> float:
        """Charge a test whose own code ran out of time with its whole limit, of which the program used ``used_s``:
        otherwise a suite of such tests would have no end. Return the difference, in seconds.
        """
        rest_s = max(0.0, self.suite.limits.cpu_s - used_s)
        self.spent_cpu_s += rest_s
        return rest_s

    # Reports

    def before_test(self) -> None:
        """Send queued reports if they are due."""
        self._reporter.before_test(report_each_test=self._report_each_test)

    def report(
        self,
        t: int,
        outcome: str,
        cpu_s: float,
        message: str,
        *,
        rests_on_program: bool = False,
        decided_by_program: bool = False,
        printed: dict[str, Any] | None = None,
        score: float | None = None,
        value_hash: str | None = None,
    ) -> None:
        """Report the outcome of test ``t``; ``score`` is what a checker program returned in place of a bool,
        ``value_hash`` the hash of what the program answered or printed.
        """
        mark = DECIDED if decided_by_program else rests_on_program
        line = ["test", self._index, t, outcome, round(cpu_s, 6), message[:_MESSAGE_CHARS], mark]
        if value_hash is not None:
            line += [printed, score, value_hash]
        elif printed is not None or score is not None:
            line += [printed, score]
        self._reporter.report(line)

    def report_progress(self) -> None:
        """Report that this process still works, before something that takes long. It is no outcome."""
        self._reporter.report(["idle", self._index, 0.0])
        self._reporter.before_test(report_each_test=self._report_each_test)

    def report_near_limit(self) -> None:
        """Report that a quiet machine might not have found the next outcome: time ran out, or it was killed."""
        self._reporter.report(["edge", self._index])

    def report_invalid(self, t: int) -> None:
        """Report that test ``t`` can judge no program."""
        self.report(t, "invalid_test", 0.0, self.suite.invalid[t])

    def announce_evaluation(self, t: int, link: CandidateLink) -> None:
        """Tell the worker, before it happens, that test ``t`` runs what the program returned as code in this process,
        and how long the program was idle until then (``evaluation``).
        """
        self._reporter.report(["idle", self._index, link.time.idle.total_s])
        self._reporter.report(["evaluates", self._index, t])
        self._reporter.flush()

    def end_session(self) -> NoReturn:
        """Send all reports and end this checker."""
        self._reporter.flush()
        raise ChannelClosed

    def fill_remaining(self, start: int, outcome: str, message: str, *, cpu_s: float = 0.0) -> int:
        """Report the same outcome for all valid tests from ``start`` on; ``cpu_s`` was spent on the first. Return the
        size of the suite: no test is left to run.
        """
        for t in range(start, self.suite.size):
            if t in self.suite.invalid:
                self.report_invalid(t)
            else:
                self.report(t, outcome, cpu_s if t == start else 0.0, message)
        return self.suite.size

    def next_after(self, t: int, outcome: str) -> int:
        """Return the test to run after ``t``: none if its time-out stops the suite."""
        if outcome == "time_limit" and self.suite.stop_on_timeout:
            return self.fill_remaining(t + 1, "not_run", "an earlier test ran out of time (on_timeout: stop)")
        return t + 1


class _RecordingReporter:
    """Records the outcomes of tests; the worker only learns that the program is still being judged."""

    def __init__(
        self, reporter: "Reporter | _RecordingReporter", index: int, outcomes: RecordedOutcomes
    ) -> None:
        self._reporter = reporter
        self._index = index
        self._outcomes = outcomes

    def report(self, line: list[Any]) -> None:
        """Record an outcome; report that a test was near its limit."""
        if line[0] == "test":
            _kind, _index, t, outcome, _cpu_s, message, mark = line[:7]
            self._outcomes[t] = (outcome, message, mark)
            self._reporter.report(["idle", self._index, 0.0])
        elif line[0] == "edge":
            self._reporter.report(line)

    def before_test(self, *, report_each_test: bool) -> None:
        """Send queued reports if they are due."""
        self._reporter.before_test(report_each_test=report_each_test)

    def flush(self) -> None:
        """Send the queue."""
        self._reporter.flush()
