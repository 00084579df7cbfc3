"""Exchanges lines with one live candidate and gives it up when a limit is reached.

What a candidate has used, and when that is too much, is decided by ``time_budget``, which has the timeline.
"""

import os
import select
import signal
import socket
import time
from collections import deque
from collections.abc import Sequence
from typing import Any, NoReturn

from ..wire import codec
from ..wire.channel import ChannelClosed, LineReader, LineTooLong
from . import idle_clock
from .candidate_ahead import candidate_ahead, end_candidate
from .candidate_process import CandidateLost, describe_end
from .cpu_speed import SAMPLE_EVERY_S
from .outcomes import FORGED
from .suite import CandidateLimits
from .time_budget import TimeBudget

_SLACK_BYTES = 1 << 16
"""Room beside one answer for what surrounds it."""
_ENDS_WITHIN_S = 5.0
"""A process that ends closes its descriptors first. It is gone microseconds later, or when a busy machine gives it a
core."""
_POLL_SLACK_S = 0.001
"""Added to each time-out, so that a wait does not end just before the limit it waits for."""


class CandidateLink:
    """The checker's connection to one candidate process."""

    def __init__(
        self,
        orders: socket.socket,
        limits: CandidateLimits,
        spent_cpu_s: float,
        *,
        standard: Sequence[int] = (),
        order: bytes = b"",
    ) -> None:
        """Take the candidate that was forked ahead, or have one forked; ``standard`` are the descriptors of a script's
        stdout and stderr.

        ``order`` forks another kind of process in its place (``wire.orders``).
        """
        self._orders = orders
        self._limits = limits
        self.lost: CandidateLost | None = None
        """Why the candidate was given up."""
        self.exit_code = 0
        connection = candidate_ahead.connect(orders, standard, order)
        self._sock, self._wakeup_fd, self._process = connection.sock, connection.wakeup_fd, connection.process
        self._lines = LineReader(self._sock.fileno(), limits.output_bytes + _SLACK_BYTES)
        self._poll = select.epoll()
        # Edge-triggered and never read: the program has this descriptor too, and could have emptied it.
        self._poll.register(self._wakeup_fd, select.EPOLLIN | select.EPOLLET)
        # For its hang-up only: the wakeup descriptor shows when lines are worth reading.
        self._poll.register(self._sock, 0)
        self._speed_followed_s = time.monotonic()
        self.time = TimeBudget(self._process, limits, spent_cpu_s)

    # Sending

    def send(self, line: list[Any]) -> None:
        """Send one line."""
        self.send_text(codec.dumps(line).encode() + b"\n")

    def send_text(self, text: bytes) -> None:
        """Send encoded lines. Raises ``CandidateLost`` if the candidate does not read them."""
        if self.lost:
            raise self.lost
        try:
            sent = self._sock.send(text)
        except BlockingIOError:
            sent = 0
        except OSError:
            return  # it is gone: ``receive`` reads what it left, and raises
        if sent < len(text):
            self._send_rest(text[sent:])

    def _send_rest(self, text: bytes) -> None:
        """Send what the socket did not take at once, as long as the candidate may still read it."""
        rest = memoryview(text)
        self.time.idle.start_wait()
        while rest:
            select.select([], [self._sock], [], idle_clock.SAMPLE_EVERY_S)
            self.time.sample_idle()
            self._enforce_limits("the program did not read a message: ")
            try:
                rest = rest[self._sock.send(rest) :]
            except BlockingIOError:
                continue
            except OSError:
                return  # it is gone: ``receive`` reads what it left, and raises

    # Receiving

    @property
    def ready_lines(self) -> deque[bytes]:
        """The lines that have arrived and are not yet read."""
        return self._lines.ready

    def receive(self, *, extra: int = -1) -> list[Any] | None:
        """Return the next line, or ``None`` when ``extra`` (a descriptor) became readable first.

        Raises ``CandidateLost`` when a limit is reached, the process died, or it wrote something that is not a line.
        """
        if self.lost:
            raise self.lost
        if not self._lines.ready:
            self.time.idle.start_wait()
        try:
            while not self._lines.ready:
                if self._wait(extra):
                    return None
            line: list[Any] = codec.loads(self._lines.ready.popleft())
            if type(line) is not list or not line or type(line[0]) is not str:
                raise codec.WireError
        except ChannelClosed:
            self._lose_dead()
        except LineTooLong:
            self.lose("output_limit", f"a value is larger than {self._limits.output_bytes} bytes")
        except (ValueError, RecursionError, codec.WireError):
            self.lose("runtime_error", FORGED)
        return line

    def _wait(self, extra: int) -> bool:
        """Wait for lines and read them; return whether ``extra`` is readable."""
        safe_wait_s = self.time.safe_wait_s()
        ready = self._poll_for(safe_wait_s)
        self.time.sample_idle()
        if extra in ready and len(ready) == 1 and safe_wait_s > 0:
            return True
        self._lines.drain()
        # Checked with lines ready, too: a test may call a program that answers at once without end.
        if not self._lines.ready or (safe_wait_s <= 0 and not self.time.is_prefetched):
            self._enforce_limits()
        return extra in ready

    def _poll_for(self, wait_s: float) -> set[int]:
        """Return the descriptors that are ready within this time; sample the core's speed if the process computes."""
        start_s = time.monotonic()
        nap_s = SAMPLE_EVERY_S
        while True:
            left_s = max(0.0, start_s + wait_s - time.monotonic())
            ready = {descriptor for descriptor, _event in self._poll.poll(min(nap_s, left_s) + _POLL_SLACK_S)}
            if not ready or start_s - self._speed_followed_s > SAMPLE_EVERY_S:
                self._speed_followed_s = time.monotonic()
                nap_s = SAMPLE_EVERY_S if self.time.speed.follow(self.time.cpu_s()) else wait_s
            if ready or time.monotonic() - start_s >= wait_s:
                return ready

    def watch(self, descriptor: int, *, on: bool) -> None:
        """Make ``receive`` return for another descriptor too, or no longer."""
        if on:
            self._poll.register(descriptor, select.EPOLLIN)
        else:
            self._poll.unregister(descriptor)

    # Giving up

    def is_near_limit(self) -> bool:
        """Whether the running test went over its limit but ended by itself."""
        return self.lost.is_near_limit if self.lost else self.time.is_over_limit()

    @property
    def was_killed(self) -> bool:
        """Whether the process was killed from outside. The program is then judged again: others may be the cause."""
        return self.lost is not None and self.lost.was_killed

    def _enforce_limits(self, intent: str = "") -> None:
        message = self.time.reached_limit()
        if message is not None:
            self.lose("time_limit", intent + message)

    def verify_report(self) -> None:
        """After the answers of a batch: give up a candidate that reports less CPU time than its clock shows."""
        if self.time.is_report_too_low():
            self.lose("time_limit", "the process used more CPU time than it reported")

    def lose(
        self, outcome: str, message: str, *, is_near_limit: bool = False, was_killed: bool = False
    ) -> NoReturn:
        """Give the candidate up. Always raises ``CandidateLost``."""
        self.lost = CandidateLost(outcome, message, is_near_limit=is_near_limit, was_killed=was_killed)
        self.time.mark_lost()
        raise self.lost

    def _lose_dead(self) -> NoReturn:
        """Give up a candidate whose channel is closed, with the reason its process gives."""
        has_ended = self._wait_for_end()
        cpu_s = self.time.cpu_s()
        self.end()
        status = end_candidate(self._orders)
        self.exit_code = os.waitstatus_to_exitcode(status)
        if not has_ended:
            self.lose("runtime_error", "the program closed the checker's channel")
        if self.time.is_over_limit_at_end(cpu_s):
            self.lose("time_limit", self.time.over_cpu_message(), is_near_limit=True)
        self.lose(*describe_end(status), was_killed=self.exit_code == -signal.SIGKILL)

    def _wait_for_end(self) -> bool:
        """Wait until the process has ended: only then does its status say why. Return whether it has."""
        start_s = time.monotonic()
        has_ended = self._process.wait_for_end(
            lambda: time.monotonic() - start_s < _ENDS_WITHIN_S and not self.time.is_far_over_limit()
        )
        if not has_ended:  # it lives on, with its channel closed
            self.time.idle.total_s += min(time.monotonic() - start_s, _ENDS_WITHIN_S)
        return has_ended

    def end(self) -> None:
        """Close the connection. The process is ended by the session supervisor, at the latest before it forks the next
        one. May be called twice.
        """
        if self._wakeup_fd < 0:
            return
        self.time.close()
        self._poll.close()
        os.close(self._wakeup_fd)
        self._wakeup_fd = -1
        self._sock.close()
