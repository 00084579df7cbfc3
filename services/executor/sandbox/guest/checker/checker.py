"""Runs one suite's tests against candidate after candidate, and holds the verdict.

The tests live here and nowhere else inside the jail. A candidate is asked for values; what a test concludes from
them is decided in this process, which the candidate cannot reach, and written to a socket that only this process
and the worker hold.

Lines from the worker: ``["suite", {...}]``, then
``["program", index, text, from_test, spent_cpu_s, spent_idle_s, eager]``.
Lines to the worker: lists of ``["test", index, test, outcome, cpu_s, message, rests_on_program]``, before it
``["edge", index]`` where that outcome is a time limit that a quiet machine might not have found, of ``["idle", index,
idle_s]`` where a process let time pass, and of ``["end", index]``; sent when a candidate ends, or before a test once
some are a moment old (``eager``: always), so that a checker killed in mid-test has told which test it was.
"""

import os
import socket
import sys
import time
from importlib.util import find_spec
from typing import Any

from ..compiler.compiler import CompilerClient
from ..wire import codec
from ..wire.channel import ChannelClosed, LineReader
from . import plan as plans
from . import pytest_shim
from .candidate_link import Limits
from .candidate_process import end_candidate
from .runner import Trial

_FLUSH_AFTER_S = 0.01
"""Outcomes of fast tests travel together: a message costs more than such a test."""


class Checker:
    """One suite, judged against the programs the worker sends."""

    def __init__(self, control: socket.socket, orders: socket.socket, compiler: CompilerClient) -> None:
        self._control = control
        self._orders = orders
        self.compiler = compiler
        self._outgoing: list[list[Any]] = []
        self._flushed_s = 0.0
        self._lines = LineReader(control.fileno(), 1 << 40)

    def serve(self) -> None:
        """Judge until the worker hangs up."""
        try:
            self._suite = codec.loads(self._lines.read())[1]
            self._prepare()
            while True:
                self._flushed_s = time.monotonic()
                _kind, index, text, start, cpu_s, idle_s, eager = codec.loads(self._lines.read())
                Trial(self, index, text, cpu_s, idle_s, eager=eager).judge(start)
                self.report(["end", index])
                self.flush()
                if not self._lines.ready:  # what it left running is not to run while nothing is judged
                    end_candidate(self._orders)
        except (ChannelClosed, ConnectionError):
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
            self._ahead[start] = (
                codec.dumps(["batch", calls]).encode() + b"\n" if calls else b"",
                len(calls),
            )
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
        text = codec.dumps(self._outgoing) + "\n"
        self._outgoing = []
        self._control.sendall(text.encode())
        self._flushed_s = time.monotonic()


def main(control: socket.socket, orders: socket.socket, compiler: socket.socket) -> None:
    """Serve one session; returns when the worker hangs up."""
    os.umask(0o077)
    if find_spec("pytest") is None:
        sys.modules["pytest"] = pytest_shim
    Checker(control, orders, CompilerClient(compiler, orders)).serve()
