"""Sends the outcomes of tests to the worker, several lines in one message.

Lines are queued and sent together: when a candidate ends, and before a test once the queue is 10 ms old. A checker that
is killed during a test has then already told the worker which test it was.
"""

import socket
import time
from typing import Any

from ..wire import codec

_FLUSH_AFTER_S = 0.01
"""Outcomes of fast tests travel together: a message costs more than such a test."""


class Reporter:
    """Queues lines for the worker and sends them."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._queued: list[list[Any]] = []
        self._flushed_s = 0.0

    def start_program(self) -> None:
        """Measure the age of the queue from now on."""
        self._flushed_s = time.monotonic()

    def report(self, line: list[Any]) -> None:
        """Queue a line."""
        self._queued.append(line)

    def before_test(self, *, report_each_test: bool) -> None:
        """Send the queue if it is old enough, or if ``report_each_test``: the next test may end this process."""
        if self._queued and (report_each_test or time.monotonic() - self._flushed_s > _FLUSH_AFTER_S):
            self.flush()

    def flush(self) -> None:
        """Send the queue."""
        text = codec.dumps(self._queued) + "\n"
        self._queued = []
        self._control.sendall(text.encode())
        self._flushed_s = time.monotonic()
