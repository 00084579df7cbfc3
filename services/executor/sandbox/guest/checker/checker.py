"""Serves one session: runs one suite's tests against each program that the worker sends.

Inside the jail the tests exist in this process only. A candidate is asked for values. What a test concludes from them
is decided here, where the candidate cannot reach, and is written to a socket that only this process and the worker
hold.

LineReader from the worker: ``["suite", {...}]``, then
``["program", index, text, from_test, spent_cpu_s, spent_idle_s, report_each_test]``.

Messages to the worker are lists of lines. ``["test", index, test, outcome, cpu_s, message, rests_on_program]`` is an
outcome; for a pass that the program alone decided, the last field is ``"decided"``. Three fields may follow: what the
program printed, the score of a checker program, and the hash of what the program answered. ``["edge", index]`` before
it: the outcome is a time limit that a quiet machine might not have found. ``["idle", index, idle_s]``: a process of the
program was idle for so long. ``["end", index]``: the program is done.
``["evaluates", index, test]``: from here on, the program may write these messages itself (``evaluation``). The outcome
of this test is the last message.
When messages are sent: see ``reporter`` (``report_each_test``: before every test).
"""

import os
import socket
import sys
from importlib import import_module

from ..compiler.compiler import CompilerClient
from ..wire import codec
from ..wire.channel import ChannelClosed, LineReader
from . import descriptor_guards, pytest_shim, sympy_guards
from .candidate_ahead import candidate_ahead, end_candidate
from .kinds.registry import KINDS
from .own_time import own_time
from .process_state import process_state
from .reporter import Reporter
from .runner import ProgramRun
from .suite import PreparedSuite
from .suite_warmup import warm_up
from .surroundings import scratch

_NO_CAP_BYTES = 1 << 40
"""The worker is trusted; its lines may be of any size."""

_SILENT_S = 0.002
"""A worker that has more work sends the next suite while the checker still starts. After this time it waits for a
request, and what is done until then delays nothing."""


class Checker:
    """One session's checker: reads the suite, then judges programs."""

    def __init__(self, control: socket.socket, orders: socket.socket, compiler: CompilerClient) -> None:
        """``control`` leads to the worker, ``orders`` to the session supervisor."""
        self._orders = orders
        self._compiler = compiler
        self._reporter = Reporter(control)
        self._lines = LineReader(control.fileno(), _NO_CAP_BYTES)

    def serve(self) -> None:
        """Judge programs until the worker hangs up."""
        try:
            if self._lines.is_silent(_SILENT_S):
                candidate_ahead.fork(self._orders)
                warm_up()
            line = self._lines.read()
            if b"sympy" in line:  # its import takes a third of a second, which is not the test's own time
                sympy_guards.import_parser()
            if b"dataclasses" in line:
                import_module("..checker.dataclass_functions", __package__).install()
            if b"json" in line:
                import_module("..checker.container_proxies", __package__).install()
            if any(word in line for word in (b"isinstance", b"issubclass", b"IsInstance")):
                import_module("..checker.class_questions", __package__).install()
            message = codec.loads(line)[1]
            tests = KINDS[message["kind"]](message)
            suite = PreparedSuite.from_message(message, tests.size, tests.invalid)
            while True:
                self._reporter.start_program()
                _kind, index, text, start, cpu_s, idle_s, report_each_test = codec.loads(self._lines.read())
                ProgramRun(
                    suite,
                    self._reporter,
                    self._orders,
                    self._compiler,
                    index,
                    text,
                    cpu_s,
                    idle_s,
                    report_each_test=report_each_test,
                ).judge(tests, start)
                # processes that the program left must not run while nothing is judged
                if not self._lines.ready:
                    end_candidate(self._orders)
        except (ChannelClosed, ConnectionError):
            return


def main(
    control: socket.socket,
    orders: socket.socket,
    compiler: socket.socket,
    own_scratch: str | None,
    *,
    takes_file_tests: bool,
) -> None:
    """Serve one session; returns when the worker hangs up. ``own_scratch``: a directory that no other process has.

    ``takes_file_tests``: whether tests that use files can be judged here.
    """
    os.umask(0o077)
    scratch.root = own_scratch
    scratch.takes_file_tests = takes_file_tests
    if not process_state.has_pytest:
        sys.modules["pytest"] = pytest_shim
    if "numpy" in sys.modules:
        import_module("..checker.numpy_guards", __package__).install()
    if "pandas" in sys.modules:
        import_module("..checker.pandas_guards", __package__).install()
    sympy_guards.install()
    descriptor_guards.install()
    own_time.install()
    process_state.save()
    Checker(control, orders, CompilerClient(compiler, orders)).serve()
