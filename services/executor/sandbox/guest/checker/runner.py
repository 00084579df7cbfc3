"""One program on its way through a suite's tests: loads, lives, totals, and the outcome of each test.

What a test concludes is ``conversation``'s and ``script``'s; what a process may use is kept by ``link``. Decided here:
which test runs against which load, what is left of the totals, and when the rest is not run.
"""

import random
from base64 import b64encode
from typing import TYPE_CHECKING, Any

from ..wire import codec
from . import plan as plans
from .candidate_link import Limits, Link
from .lost import Lost
from .outcomes import clean
from .rpc_client import Conversation
from .script import run_script

if TYPE_CHECKING:
    from .checker import Checker

_MESSAGE_CHARS = 500
"""Of what is said of one test: some lines, for people to read, of every test of every candidate."""
_ROUNDING_S = 1e-6
"""Three tests that used up a third of the total have used it up, whatever their sum is in binary."""


class Trial:
    """One program on its way through the tests."""

    def __init__(
        self,
        checker: "Checker",
        index: int,
        text: str,
        spent_cpu_s: float,
        spent_idle_s: float,
        *,
        eager: bool,
    ) -> None:
        self._checker = checker
        self._index = index
        self._text = text
        self._code = b64encode(checker.compiler.compile(text)).decode()
        self._eager = eager
        self._spent_cpu_s = spent_cpu_s
        self._idle_s = spent_idle_s

    def judge(self, start: int) -> None:
        """Report an outcome for every test from ``start`` on."""
        t = start
        while t < self._checker.size:
            if self._exhausted():
                self._rest(t, "not_run", "the candidate's total CPU or wall time was spent")
                return
            t = self._script(t) if self._checker.io else self._life(t)

    def _program(self) -> tuple[str, str]:
        """Return text and code as a candidate is sent them: the text only where there is no code."""
        return ("", self._code) if self._code else (self._text, "")

    def _exhausted(self) -> bool:
        limits = self._checker.limits
        return self._cpu_spent(self._spent_cpu_s) or self._idle_s >= limits.total_wall_s

    def _cpu_spent(self, cpu_s: float) -> bool:
        return cpu_s >= self._checker.limits.total_cpu_s - _ROUNDING_S

    def _report(
        self, t: int, outcome: str, cpu_s: float, message: str, *, rests: bool = False, printed: Any = None
    ) -> None:
        line = ["test", self._index, t, outcome, round(cpu_s, 6), message[:_MESSAGE_CHARS], rests]
        self._checker.report(line if printed is None else [*line, printed])

    def _rest(self, start: int, outcome: str, message: str, *, cpu_s: float = 0.0) -> None:
        """Report the same outcome for all tests from ``start`` on; ``cpu_s`` was spent on the first."""
        for t in range(start, self._checker.size):
            if self._checker.io or self._checker.plan.tests[t].code is not None:
                self._report(t, outcome, cpu_s if t == start else 0.0, message)
            else:
                self._invalid(t)

    def _invalid(self, t: int) -> None:
        self._report(t, "invalid_test", 0.0, self._checker.plan.tests[t].error)

    # io

    def _script(self, t: int) -> int:
        self._checker.before_test(eager=self._eager)
        test = self._checker.io[t]
        ran = run_script(
            self._checker.orders,
            self._limits_left(),
            self._spent_cpu_s,
            self._program(),
            test,
            self._checker.comparison,
        )
        self._spent_cpu_s += ran.cpu_s - ran.over_s
        self._let_pass(ran.idle_s)
        if ran.edge:
            self._checker.report(["edge", self._index])
        self._report(t, ran.outcome, ran.cpu_s, ran.message, printed=ran.printed)
        if ran.outcome == "syntax_error":
            self._rest(t + 1, ran.outcome, ran.message)
            return self._checker.size
        return self._after(t, ran.outcome)

    def _let_pass(self, idle_s: float) -> None:
        """Count the idle time of a process that is done with, and tell the worker: it outlives this checker."""
        if idle_s:
            self._idle_s += idle_s
            self._checker.report(["idle", self._index, idle_s])

    def _after(self, t: int, outcome: str) -> int:
        if outcome == "time_limit" and self._checker.stop:
            self._rest(t + 1, "not_run", "an earlier test ran out of time")
            return self._checker.size
        return t + 1

    def _limits_left(self) -> Limits:
        limits = self._checker.limits
        wall_left_s = limits.total_wall_s - self._idle_s
        return Limits(
            limits.cpu_s,
            min(limits.wall_s, max(wall_left_s, 0.01)),
            limits.total_cpu_s,
            limits.total_wall_s,
            limits.output_bytes,
        )

    # asserts and check

    def _life(self, t: int) -> int:
        """Load the program once and run tests from ``t`` until it is lost; return the next test to run."""
        checker = self._checker
        link = Link(checker.orders, self._limits_left(), self._spent_cpu_s)
        talk = Conversation(link)
        try:
            batch, calls = checker.ahead(t)
            load = codec.dumps(["load", *self._program(), checker.plan.names, not batch]).encode() + b"\n"
            link.send_text(load + batch)
            talk.loaded(checker.plan.names, calls)
        except Lost as lost:
            outcome, message = self._timed(lost.outcome, lost.message, link)
            self._rest(t, outcome, f"while loading: {message}", cpu_s=link.total_cpu_s())
            return checker.size
        else:
            return self._tests(t, talk)
        finally:
            self._spent_cpu_s += link.total_cpu_s()
            self._let_pass(link.idle.total_s)
            link.end()

    def _tests(self, t: int, talk: Conversation) -> int:
        checker = self._checker
        if talk.broken is not None:
            broken = self._timed(*talk.broken, talk.link)
            self._rest(t, *broken, cpu_s=talk.link.total_cpu_s())
            return checker.size
        first = True
        while t < checker.size:
            test = checker.plan.tests[t]
            if test.code is None:
                self._invalid(t)
                t += 1
                continue
            checker.before_test(eager=self._eager)
            if test.ahead is not None and not talk.waiting:
                self._ask_ahead(t, talk)
            outcome = self._one(t, test, talk, first=first)
            if talk.link.lost or (outcome == "time_limit" and checker.stop):
                return self._after(t, outcome)
            t, first = t + 1, False
            if checker.fresh:
                break
            if t < checker.size and self._total_spent(talk.link):
                self._rest(t, "not_run", "the candidate's total CPU or wall time was spent")
                return checker.size
        return t

    def _ask_ahead(self, t: int, talk: Conversation) -> None:
        batch, calls = self._checker.ahead(t)
        try:
            talk.link.send_text(batch)
        except Lost:
            return
        talk.asked_ahead(calls)

    def _total_spent(self, link: Link) -> bool:
        limits = self._checker.limits
        return (
            self._cpu_spent(self._spent_cpu_s + link.reported_cpu_s)
            or self._idle_s + link.idle.total_s >= limits.total_wall_s
        )

    def _one(self, t: int, test: plans.Test, talk: Conversation, *, first: bool) -> str:
        """Run one test to its verdict and report it."""
        talk.start_test(first=first, ahead=test.ahead is not None)
        namespace = talk.namespace(self._checker.plan.known)
        if "random" in namespace:
            random.seed(0)  # a test that draws numbers draws the same ones for every candidate
        error: BaseException | None = None
        prepared = False
        try:
            for setup in self._checker.plan.setup:
                exec(setup, namespace)  # noqa: S102
            prepared = True
            assert test.code is not None
            exec(test.code, namespace)  # noqa: S102
        except BaseException as caught:  # noqa: BLE001  -- whatever ends a test early is its verdict
            error = caught
        outcome, message = talk.verdict(error)
        if not prepared and self._checker.plan.setup_is_own:
            outcome, message = "invalid_test", clean(f"setup: {type(error).__name__}: {error}")
        else:
            outcome, message = self._timed(outcome, message, talk.link)
        self._report(t, outcome, talk.link.used_s(), message, rests=talk.rests and outcome == "passed")
        return outcome

    def _timed(self, outcome: str, message: str, link: Link) -> tuple[str, str]:
        """Return outcome and message of what ended by itself, or what they are beyond the limit of CPU time."""
        if link.at_edge():
            self._checker.report(["edge", self._index])
            outcome, message = "time_limit", "more CPU time than a test may use"
        self._spent_cpu_s -= link.forgive()
        return outcome, message
