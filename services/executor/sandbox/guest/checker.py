"""Runs one suite's tests against candidate after candidate, and holds the verdict.

The tests live here and nowhere else inside the jail. A candidate is asked for values; what a test concludes from
them is decided in this process, which the candidate cannot reach, and written to a socket that only this process
and the worker hold.

Lines from the worker: ``["suite", {...}]``, then
``["program", index, text, from_test, spent_cpu_s, eager]``.
Lines to the worker: lists of ``["test", index, test, outcome, cpu_s, message, rests_on_program]`` and of
``["end", index]``, sent when a candidate ends, or before a test once some are a moment old (``eager``: always),
so that a checker killed in mid-test has told which test it was.
"""

import os
import random
import socket
import time
from base64 import b64encode
from typing import Any

from . import plan as plans
from . import wire
from .channel import Gone, Lines
from .compiler import Compiler
from .conversation import Conversation
from .link import Limits, Link, Lost, end_candidate
from .script import run_script
from .verdict import clean

_MESSAGE_CHARS = 500
_FLUSH_AFTER_S = 0.01


class Checker:
    """One suite, judged against the programs the worker sends."""

    def __init__(self, control: socket.socket, orders: socket.socket, compiler: Compiler) -> None:
        self._control = control
        self._orders = orders
        self.compiler = compiler
        self._outgoing: list[list[Any]] = []
        self._flushed_s = 0.0
        self._lines = Lines(control.fileno(), 1 << 40)

    def serve(self) -> None:
        """Judge until the worker hangs up."""
        try:
            self._suite = wire.loads(self._lines.read())[1]
            self._prepare()
            while True:
                self._flushed_s = time.monotonic()
                _kind, index, text, start, cpu_s, eager = wire.loads(self._lines.read())
                Trial(self, index, text, cpu_s, eager=eager).judge(start)
                self.report(["end", index])
                self.flush()
                if not self._lines.ready:  # what it left running is not to run while nothing is judged
                    end_candidate(self._orders)
        except (Gone, ConnectionError):
            return

    def _prepare(self) -> None:
        suite = self._suite
        self.io = suite.get("io")
        self.fresh = suite["state"] == "fresh"
        self.stop = suite["on_timeout"] == "stop"
        self.comparison = suite["comparison"]
        self.limits = Limits(**suite["limits"])
        self.entry_point = suite.get("entry_point")
        tests, check = suite["asserts"] or [], suite.get("check")
        if check is not None:
            tests = [f"check({suite['entry_point']})"]
        self.plan = plans.make(tests, suite["setup"], self.entry_point, check or "")
        self.size = len(self.io) if self.io else len(tests)
        self._ahead: dict[int, tuple[bytes, int]] = {}

    def ahead(self, start: int) -> tuple[bytes, int]:
        """Return the batch line for the tests from ``start`` on, and how many calls it asks for."""
        if start not in self._ahead:
            calls = []
            for test in self.plan.tests[start : start + 1 if self.fresh else None]:
                if test.code is not None and test.ahead is None:
                    break
                if test.ahead is not None:
                    calls.append(test.ahead.line())
            self._ahead[start] = (wire.dumps(["batch", calls]).encode() + b"\n" if calls else b"", len(calls))
        return self._ahead[start]

    @property
    def orders(self) -> socket.socket:
        """The channel to the warden."""
        return self._orders

    def report(self, line: list[Any]) -> None:
        """Queue a line for the worker."""
        self._outgoing.append(line)

    def before_test(self, *, eager: bool) -> None:
        """Send what is queued if it is a moment old: the next test may be this process's last."""
        if self._outgoing and (eager or time.monotonic() - self._flushed_s > _FLUSH_AFTER_S):
            self.flush()

    def flush(self) -> None:
        """Send what is queued."""
        text = wire.dumps(self._outgoing) + "\n"
        self._outgoing = []
        self._control.sendall(text.encode())
        self._flushed_s = time.monotonic()


class Trial:
    """One program on its way through the tests."""

    def __init__(self, checker: Checker, index: int, text: str, spent_cpu_s: float, *, eager: bool) -> None:
        self._checker = checker
        self._index = index
        self._text = text
        self._code = b64encode(checker.compiler.code(text)).decode()
        self._eager = eager
        self._spent_cpu_s = spent_cpu_s
        self._idle_s = 0.0

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
        return self._spent_cpu_s >= limits.total_cpu_s or self._idle_s >= limits.total_wall_s

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
        self._spent_cpu_s += ran.cpu_s
        self._idle_s += ran.idle_s
        self._report(t, ran.outcome, ran.cpu_s, ran.message, printed=ran.printed)
        if ran.outcome == "syntax_error":
            self._rest(t + 1, ran.outcome, ran.message)
            return self._checker.size
        return self._after(t, ran.outcome)

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
            load = wire.dumps(["load", *self._program(), checker.plan.names, not batch]).encode() + b"\n"
            link.send_text(load + batch)
            talk.loaded(checker.plan.names, calls)
        except Lost as lost:
            self._rest(t, lost.outcome, f"while loading: {lost.message}", cpu_s=link.total_cpu_s())
            return checker.size
        else:
            return self._tests(t, talk)
        finally:
            self._spent_cpu_s += link.total_cpu_s()
            self._idle_s += link.idle.total_s
            link.end()

    def _tests(self, t: int, talk: Conversation) -> int:
        checker = self._checker
        if talk.broken is not None:
            self._rest(t, *talk.broken, cpu_s=talk.link.total_cpu_s())
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
            self._spent_cpu_s + link.reported_cpu_s >= limits.total_cpu_s
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
        self._report(t, outcome, talk.link.used_s(), message, rests=talk.rests and outcome == "passed")
        return outcome


def main(control: socket.socket, orders: socket.socket, compiler: socket.socket) -> None:
    """Serve one session; returns when the worker hangs up."""
    os.umask(0o077)
    Checker(control, orders, Compiler(compiler, orders)).serve()
