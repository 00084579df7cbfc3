"""Has the session supervisor fork and end a candidate's process, and reads the process's clocks.

Does not decide what a candidate may use (``time_budget``).
"""

import os
import select
import signal
import socket
import struct
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from ..wire.orders import ANSWER, FORK, FORK_SCRIPT, WAIT, WAITED, cpu_of

ENDED_ITSELF = "the program ended its own process"
"""The message of a process that exited, in whatever way."""
_CHECK_END_EVERY_S = 0.05
"""How often a wait for the end of a process asks whether to go on."""


class CandidateLost(BaseException):
    """The candidate is gone: every later call of the running test raises this.

    Not an ``Exception``, so that a test's ``except Exception`` does not catch it.
    """

    def __init__(
        self, outcome: str, message: str, *, is_near_limit: bool = False, was_killed: bool = False
    ) -> None:
        super().__init__(message)
        self.outcome = outcome
        self.message = message
        self.is_near_limit = is_near_limit
        """Whether it ended by itself, so little beyond its limit that a quiet machine might find it in time."""
        self.was_killed = was_killed
        """Whether the kernel or an operator killed it: perhaps for memory that other programs used."""


def describe_end(status: int) -> tuple[str, str]:
    """Return outcome and message of a process that ended within its limits, by its wait status."""
    if not os.WIFSIGNALED(status):
        return "runtime_error", ENDED_ITSELF
    number = os.WTERMSIG(status)
    if number == signal.SIGKILL:  # PID 1 of a pid namespace can be killed only from outside it
        return "memory_limit", "the process was killed for using too much memory"
    return "runtime_error", f"the process died of signal {number}"


class CandidateProcess:
    """The process of one candidate, being forked from here on."""

    def __init__(
        self, orders: socket.socket, channel: Sequence[int], standard: Sequence[int], order: bytes = b""
    ) -> None:
        """Order the fork, with these descriptors for its ``channel`` and for stdout and stderr.

        ``order`` is another order than the one that these descriptors mean.
        """
        self._orders = orders
        self._pid = 0
        socket.send_fds(orders, [order or (FORK_SCRIPT if standard else FORK)], [*channel, *standard])

    @property
    def is_pid_known(self) -> bool:
        """Whether reading its clock needs no waiting for the fork."""
        return self._pid > 0

    def pid(self) -> int:
        """Return its pid in the session's namespace; waits for the fork."""
        if not self._pid:
            (self._pid,) = self._receive(ANSWER)
        return self._pid

    def cpu_s(self) -> float:
        """Return its CPU seconds so far, by the kernel."""
        return cpu_of(self.pid())

    def run_queue_wait_s(self) -> float | None:
        """Return how long it has waited for a core since the last call (``cpu_wait.RunQueueWait.waited_s``)."""
        if self.pid() == os.getpid():  # only in the warm-up
            return None
        self._orders.send(WAIT)
        (waited_s,) = self._receive(WAITED)
        return float(waited_s) if waited_s >= 0 else None

    def _receive(self, answer: struct.Struct) -> tuple[Any, ...]:
        """Return the fields of the session supervisor's answer."""
        received = self._orders.recv(answer.size)
        if len(received) != answer.size:
            os._exit(3)  # the session supervisor is gone, and this session with it
        return answer.unpack(received)

    def wait_for_end(self, may_wait: Callable[[], bool]) -> bool:
        """Wait for its end while ``may_wait()`` holds; return whether it has ended."""
        has_ended = False
        with suppress(OSError):
            handle = os.pidfd_open(self.pid())
            while not has_ended and may_wait():
                has_ended = bool(select.select([handle], [], [], _CHECK_END_EVERY_S)[0])
            os.close(handle)
        return has_ended
