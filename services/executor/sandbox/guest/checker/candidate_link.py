"""One live candidate as its checker sees it: questions out, answers in, limits kept.

Time is decided here, by the kernel's CPU clock of the candidate's process, which the program cannot touch. A test
that reached its limit is let go on for a moment (``pace``): one that then ends by itself is in time if the core was
slowed down by as much; else it may still owe it to a busy machine and is judged again (``edge``). One that does not end
is given up. The candidate's own account of its CPU time only says how much of it fell before the test in hand; where
the account and the clock differ, the clock wins.
"""

import os
import select
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..wire import codec
from ..wire.channel import ChannelClosed, LineReader, LineTooLong
from .candidate_process import Process, end_candidate
from .cpu_speed import EVERY_S, Pace
from .idle_clock import LOOK_EVERY_S, IdleClock
from .lost import Lost, said_of_end
from .outcomes import FORGED

_SLACK_BYTES = 1 << 16
"""Room beside one answer for what surrounds it."""
_ENDS_WITHIN_S = 5.0
"""An ending process closes its descriptors and is gone: a matter of microseconds, or of its turn on a busy machine."""
_TAMPERED_S = 0.1
"""A candidate's account may lag its clock by a message and a fork, far less than this."""


@dataclass(slots=True)
class Limits:
    """What a candidate may use; seconds and bytes."""

    cpu_s: float
    wall_s: float
    total_cpu_s: float
    total_wall_s: float
    output_bytes: int


class Link:
    """One candidate process."""

    def __init__(
        self, orders: socket.socket, limits: Limits, spent_cpu_s: float, *, standard: Sequence[int] = ()
    ) -> None:
        self._orders = orders
        self._limits = limits
        self.lost: Lost | None = None
        self.exit_code = 0
        self._sock, theirs = socket.socketpair()
        self._sock.setblocking(False)
        self._bell = os.eventfd(0)
        self._process = Process(orders, [theirs.fileno(), self._bell], standard)
        theirs.close()
        self._lines = LineReader(self._sock.fileno(), limits.output_bytes + _SLACK_BYTES)
        self._poll = select.epoll()
        # Each ring wakes once and is never read: the program, which holds the bell too, could have emptied it.
        self._poll.register(self._bell, select.EPOLLIN | select.EPOLLET)
        self._poll.register(self._sock, 0)  # only its hang-up: the bell says when lines are worth reading
        self._left_cpu_s = limits.total_cpu_s - spent_cpu_s
        self.reported_cpu_s = 0.0
        self._mark_cpu_s = 0.0
        self._ahead = False
        self._leash_s = 0.0
        self._pace = Pace()
        self._followed_s = time.monotonic()
        self.idle = IdleClock()

    # Questions

    def send(self, line: list[Any]) -> None:
        """Send one line."""
        self.send_text(codec.dumps(line).encode() + b"\n")

    def send_text(self, text: bytes) -> None:
        """Send ready-made lines. Raises ``Lost`` when the candidate does not read them."""
        if self.lost:
            raise self.lost
        try:
            sent = self._sock.send(text)
        except BlockingIOError:
            sent = 0
        except OSError:
            return  # it is gone: ``receive`` reads what it left, and tells
        if sent < len(text):
            self._send_rest(text[sent:])

    def _send_rest(self, text: bytes) -> None:
        self._sock.settimeout(self._limits.wall_s)
        try:
            self._sock.sendall(text)
        except TimeoutError:
            self.lose(
                "time_limit", f"the program did not read what it was told within {self._limits.wall_s:g} s"
            )
        except OSError:
            return
        finally:
            self._sock.setblocking(False)

    def start_test(self, *, first: bool, ahead: bool) -> None:
        """Count CPU and wall time for a new test from here; the ``first`` one is charged for the load.

        ``ahead``: its answer may be here already, so it began where the account of the last one ended.
        """
        self._ahead = ahead
        if not first:
            self._mark_cpu_s = self.reported_cpu_s if ahead else self.clock()
            self._leash_s = 0.0
            if not ahead:  # else it was computed with the others, and slowed down with them
                self._pace.start_test(self._mark_cpu_s)
        self.idle.start_test(self._mark_cpu_s)

    def asked_in_turn(self) -> None:
        """A question outside any batch: the candidate works on nothing else, so its clock tells."""
        if self._ahead:
            self._ahead = False
            self._process.pid()

    def used_s(self) -> float:
        """Return the CPU seconds of the test in hand."""
        if self.lost:
            return max(0.0, self.total_cpu_s() - self._mark_cpu_s)
        now_s = self.reported_cpu_s if self._ahead else self.clock()
        return max(0.0, now_s - self._mark_cpu_s)

    def over_limit(self) -> bool:
        """Whether the test in hand used more CPU time than it may, on a core as slow as this one was meanwhile."""
        return self.used_s() > self._limits.cpu_s * self._pace.credit()

    def at_edge(self) -> bool:
        """Whether the test in hand went over its limit and was not given up for it."""
        return self.lost.edge if self.lost else self.over_limit()

    def forgive(self) -> float:
        """Take what the test in hand used beyond its limit off the candidate's account, so that what is left for the
        others does not depend on when it was given up; return it, in seconds.
        """
        over_s = max(0.0, self.used_s() - self._limits.cpu_s)
        self._left_cpu_s += over_s
        return over_s

    def clock(self) -> float:
        """Return the CPU seconds of the process so far, by the kernel."""
        return self._process.clock()

    # Answers

    def receive(self, *, extra: int = -1) -> list[Any] | None:
        """Return the next line, or ``None`` when ``extra`` (a descriptor) became readable first.

        Raises ``Lost`` when a limit is reached, the process died, or it wrote what is not a line.
        """
        if self.lost:
            raise self.lost
        if not self._lines.ready:
            self.idle.wait()
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

    def account(self, cpu_s: Any) -> None:
        """Take the candidate's account of its CPU time so far, sent with an answer."""
        if type(cpu_s) in (int, float) and self.reported_cpu_s <= cpu_s:
            # More than the candidate may use in all is not believed: nothing unbounded leaves this process.
            self.reported_cpu_s = (
                float(cpu_s) if cpu_s <= self._left_cpu_s else max(self.reported_cpu_s, self.clock())
            )

    def _wait(self, extra: int) -> bool:
        patience_s = self._patience_s()
        ready = self._await(patience_s)
        if self.idle.due:
            self.idle.look(self.clock(), self._process.waited_s)
        if extra in ready and len(ready) == 1 and patience_s > 0:
            return True
        self._lines.drain()
        if not self._lines.ready or (patience_s <= 0 and not self._ahead):
            self._enforce()  # one that answers at once may be asked without end
        return extra in ready

    def _await(self, patience_s: float) -> set[int]:
        """Return the descriptors that are ready within this time; meanwhile, follow a process that computes."""
        start_s = time.monotonic()
        nap_s = EVERY_S
        while True:
            left_s = max(0.0, start_s + patience_s - time.monotonic())
            ready = {descriptor for descriptor, _event in self._poll.poll(min(nap_s, left_s) + 0.001)}
            if not ready or start_s - self._followed_s > EVERY_S:
                self._followed_s = time.monotonic()
                nap_s = EVERY_S if self._pace.follow(self.clock()) else patience_s
            if ready or time.monotonic() - start_s >= patience_s:
                return ready

    def watch(self, descriptor: int, *, on: bool) -> None:
        """Let ``receive`` wake for another descriptor too."""
        if on:
            self._poll.register(descriptor, select.EPOLLIN)
        else:
            self._poll.unregister(descriptor)

    # Limits

    def _patience_s(self) -> float:
        """Return how long nothing can have run out yet."""
        wall_s = self._limits.wall_s - self.idle.of_test_s()
        cpu_s = self._cpu_left_s() + self._leash_s if self._process.known else self._limits.cpu_s
        return max(0.0, min(cpu_s, wall_s, LOOK_EVERY_S))

    def _cpu_left_s(self) -> float:
        clock = self.clock()
        return min(self._limits.cpu_s - (clock - self._mark_cpu_s), self._left_cpu_s - clock)

    def _enforce(self) -> None:
        self._process.pid()
        if self._cpu_left_s() + self._leash_s <= 0:
            self._lengthen()
        if self.idle.of_test_s() >= self._limits.wall_s:
            self.lose("time_limit", f"idle for {self._limits.wall_s:g} s (CPU time is within its limit)")

    def _lengthen(self) -> None:
        """Let a test that used up its CPU time go on for as long as the machine may have slowed it down."""
        self._leash_s = max(self._leash_s, (self._pace.leash() - 1) * self._limits.cpu_s)
        if self._cpu_left_s() + self._leash_s <= 0:
            self.lose("time_limit", f"more than {self._limits.cpu_s:g} s of CPU time")

    def verify_account(self) -> None:
        """After the answers of a batch: refuse an account that hides more time than a limit allows."""
        clock = self.clock()
        if clock > self._limits.cpu_s and clock - self.reported_cpu_s > _TAMPERED_S:
            self.lose("time_limit", "the process used more CPU time than it admits")

    def lose(self, outcome: str, message: str, *, edge: bool = False) -> None:
        """Give the candidate up. Always raises ``Lost``."""
        self.lost = Lost(outcome, message, edge=edge)
        raise self.lost

    def _lose_dead(self) -> None:
        ended = self._await_end()
        clock = self.clock()
        status = self._end_now()
        self.exit_code = os.waitstatus_to_exitcode(status)
        if not ended:
            self.lose("runtime_error", "the program closed the checker's channel")
        may_s = self._limits.cpu_s * self._pace.credit()
        if clock >= min(may_s + self._mark_cpu_s, self._left_cpu_s):
            self.lose("time_limit", f"more than {self._limits.cpu_s:g} s of CPU time", edge=True)
        self.lose(*said_of_end(status))

    def _await_end(self) -> bool:
        """Wait for a process that closed its channel to have ended: only then is there a status that says why.
        Return whether it has.
        """
        start_s = time.monotonic()
        ended = self._process.ends(
            lambda: time.monotonic() - start_s < _ENDS_WITHIN_S and self._cpu_left_s() > -self._limits.cpu_s
        )
        if not ended:  # it lives on, with its channel closed
            self.idle.total_s += time.monotonic() - start_s
        return ended

    # The end

    def total_cpu_s(self) -> float:
        """Return the CPU seconds this process used in all. Call before ``end``."""
        return max(self.clock(), self.reported_cpu_s) if self._bell >= 0 else self.reported_cpu_s

    def end(self) -> None:
        """Let the process go: the warden ends it before it forks the next, or when told to. May be called twice."""
        if self._bell < 0:
            return
        self.reported_cpu_s = max(self.reported_cpu_s, self.clock())
        self._poll.close()
        os.close(self._bell)
        self._bell = -1
        self._sock.close()

    def _end_now(self) -> int:
        """End the process and return its wait status if it had ended by itself."""
        self.end()
        return end_candidate(self._orders)
