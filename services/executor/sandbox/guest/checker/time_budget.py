"""Measures the CPU and idle time of one candidate and decides when a limit is reached.

The measure is the kernel's CPU clock of the candidate's process, which the program cannot touch. The candidate also
reports its CPU time with each answer. That report only divides the time of prefetched answers among their tests; where
report and clock differ, the clock counts.

One test, by the CPU seconds of its process (``cpu_s`` is its limit)::

    0 ──────────────── cpu_s ──────────────── × limit factor ──────────────── × grace factor
    test starts        limit                  1.0 to 1.5                      1.25 to 2.0
    └───────────── ends here: ────────────────┘└───────── ends here: ─────────┘└─ goes on to here:
            in time, its outcome counts            time_limit, near the limit:    given up,
                                                   the program is judged again    time_limit for good

- At the start: the clock is read. A prefetched test starts where the report of the one before ended.
- While it computes: each 20 ms of its CPU time, the speed of the core is sampled (``cpu_speed``).
- While the checker waits: it wakes for an answer, for the next sample, and when a limit may have been reached, every
  0.25 s at the latest. Each wake-up that comes 20 ms after the last one adds to the idle time (``idle_clock``).
- At the CPU limit: the grace factor is computed, and the test goes on until it ends or the grace is used up. The rest
  of the total CPU time gets the same grace.
- At the wall limit, which counts idle time only: the candidate is given up at once. Nothing stretches this limit.
- At the end: what a test used beyond its limit is refunded to the total, so that what is left for the other tests does
  not depend on when this one was stopped.

A machine can be slow in four ways, and each has its own remedy:

1. The core does the same work in more CPU time, because neighbours share its caches, memory or hyperthread.
   ``CpuSpeed`` measures how much. The limit factor stretches the limit by what the test surely lost; the larger grace
   factor only decides how long a test may go on.
2. The process waits for a core. CPU time does not grow meanwhile, and ``RunQueueWait`` tells this waiting from sleep:
   it is not idle time. The session supervisor is asked for it only if the CPU clock hardly moved.
3. The checker itself waits for a core while an answer is ready. That wait is part of the same answer. What it does
   not tell is small: the first 0.1 s of each wait count a tenth (``IdleClock``).
4. The test ended between the two factors: a quiet machine might have found it in time. The program is judged again
   (``is_near_limit`` of ``candidate_link``; docs/design/0003).
"""

from typing import Any

from .candidate_process import CandidateProcess
from .cpu_speed import CpuSpeed
from .idle_clock import SAMPLE_EVERY_S, IdleClock
from .suite import CandidateLimits

_MAX_HIDDEN_S = 0.1
"""A candidate's report may lag behind its clock by a message and a fork: far less than this."""


class TimeBudget:
    """The time of one candidate: what its running test has used, and what is left."""

    def __init__(self, process: CandidateProcess, limits: CandidateLimits, spent_cpu_s: float) -> None:
        """``spent_cpu_s`` is what earlier processes of the program used of the total."""
        self._process = process
        self._limits = limits
        self._left_cpu_s = limits.total_cpu_s - spent_cpu_s
        self.idle = IdleClock()
        self.speed = CpuSpeed()
        self.reported_cpu_s = 0.0
        """The candidate's latest report; once the process has ended, its final CPU time."""
        self.is_prefetched = False
        """Whether the answer of the running test is, or may be, computed already."""
        self._test_start_cpu_s = 0.0
        self._grace_s = 0.0
        self._used_at_end_s: float | None = None
        """What the running test used; ``None`` until it ends."""
        self._is_lost = False
        self._is_closed = False

    def start_test(self, *, is_first: bool, is_prefetched: bool) -> None:
        """Count the time of a new test from here. The first one after a load is charged for the load."""
        self.is_prefetched = is_prefetched
        self._used_at_end_s = None
        if not is_first:
            self._test_start_cpu_s = self.reported_cpu_s if is_prefetched else self.cpu_s()
            self._grace_s = 0.0
            if not is_prefetched:  # a prefetched test was computed with the others, and slowed down with them
                self.speed.start_test(self._test_start_cpu_s)
        self.idle.start_test(self._test_start_cpu_s)

    def take_prefetched(self, cpu_s: float, *, is_first: bool, is_last: bool) -> float | None:
        """Count a test whose prefetched answer needs no reading, with the report in it; return what it used.

        ``None``, and nothing is counted: a limit is reached, or the report may be wrong. ``is_last``: the batch ends.
        """
        start_s = self._test_start_cpu_s if is_first else self.reported_cpu_s
        used_s = cpu_s - start_s
        if not self.reported_cpu_s <= cpu_s <= self._left_cpu_s or used_s > self._limits.cpu_s:
            return None
        if is_last and self._is_too_low(cpu_s):
            return None
        self._test_start_cpu_s, self.reported_cpu_s = start_s, cpu_s
        return used_s

    def start_call(self) -> None:
        """Begin a call outside any batch: the candidate works on nothing else, so its clock shows the test's time."""
        if self.is_prefetched:
            self.is_prefetched = False
            self._process.pid()

    def end_test(self) -> None:
        """Fix what the running test used, once its last answer is read: each reading of a clock is a system call."""
        self._used_at_end_s = self.used_s()

    # Measures

    def cpu_s(self) -> float:
        """Return the CPU seconds of the process so far, by the kernel."""
        return self._process.cpu_s()

    def total_cpu_s(self) -> float:
        """Return all CPU seconds of the process, also after it has ended."""
        return self.reported_cpu_s if self._is_closed else max(self.cpu_s(), self.reported_cpu_s)

    def used_s(self) -> float:
        """Return the CPU seconds of the running test."""
        if self._used_at_end_s is not None:
            return self._used_at_end_s
        if self._is_lost:
            return max(0.0, self.total_cpu_s() - self._test_start_cpu_s)
        now_s = self.reported_cpu_s if self.is_prefetched else self.cpu_s()
        return max(0.0, now_s - self._test_start_cpu_s)

    def take_report(self, cpu_s: Any) -> None:
        """Take the CPU time that the candidate reports with an answer; anything but a number that grows is ignored."""
        if type(cpu_s) in (int, float) and self.reported_cpu_s <= cpu_s:
            # A report above the candidate's total is replaced: no unbounded number leaves this process.
            is_possible = cpu_s <= self._left_cpu_s
            self.reported_cpu_s = float(cpu_s) if is_possible else max(self.reported_cpu_s, self.cpu_s())

    def is_report_too_low(self) -> bool:
        """Whether the report after a batch hides more time than a limit allows."""
        return self._is_too_low(self.reported_cpu_s)

    def _is_too_low(self, reported_cpu_s: float) -> bool:
        cpu_s = self.cpu_s()
        return cpu_s > self._limits.cpu_s and cpu_s - reported_cpu_s > _MAX_HIDDEN_S

    # Limits

    def is_over_limit(self) -> bool:
        """Whether the running test used more than its limit, stretched for the speed of this core."""
        used_s = self.used_s()
        return used_s > self._limits.cpu_s and used_s > self._limits.cpu_s * self.speed.limit_factor()

    def is_over_limit_at_end(self, cpu_s: float) -> bool:
        """Whether a process that ended by itself, with ``cpu_s`` on its clock, reached a limit."""
        limit_s = self._limits.cpu_s * self.speed.limit_factor()
        return cpu_s >= min(limit_s + self._test_start_cpu_s, self._left_cpu_s)

    def is_far_over_limit(self) -> bool:
        """Whether a limit is exceeded by as much CPU time as one test may use."""
        return self._cpu_left_s() <= -self._limits.cpu_s

    def refund_overrun(self) -> float:
        """Give the total back what the running test used beyond its limit, so that what is left for the other tests
        does not depend on when this one was stopped. Return it, in seconds.
        """
        overrun_s = max(0.0, self.used_s() - self._limits.cpu_s)
        self._left_cpu_s += overrun_s
        return overrun_s

    def safe_wait_s(self) -> float:
        """Return how long the checker may wait without a limit being reached unnoticed."""
        wall_s = self._limits.wall_s - self.idle.test_s()
        cpu_s = self._cpu_left_s() + self._grace_s if self._process.is_pid_known else self._limits.cpu_s
        return max(0.0, min(cpu_s, wall_s, SAMPLE_EVERY_S))

    def _cpu_left_s(self) -> float:
        cpu_s = self.cpu_s()
        return min(self._limits.cpu_s - (cpu_s - self._test_start_cpu_s), self._left_cpu_s - cpu_s)

    def reached_limit(self) -> str | None:
        """Return a message if the candidate is to be given up now; extend the grace of a test at its CPU limit."""
        self._process.pid()
        if self._cpu_left_s() + self._grace_s <= 0:
            self._grace_s = max(self._grace_s, (self.speed.grace_factor() - 1) * self._limits.cpu_s)
            if self._cpu_left_s() + self._grace_s <= 0:
                return self.over_cpu_message()
        if self.idle.test_s() >= self._limits.wall_s:
            return f"idle for {self._limits.wall_s:g} s (CPU time is within its limit)"
        return None

    def over_cpu_message(self) -> str:
        """Return the message of a candidate that reached its CPU limit."""
        return f"more than {self._limits.cpu_s:g} s of CPU time"

    # The end

    def sample_idle(self) -> None:
        """Add to the idle time if enough wall time has passed since it was last sampled."""
        if self.idle.is_due:
            self.idle.sample(self.cpu_s(), self._process.run_queue_wait_s)

    def mark_lost(self) -> None:
        """Count the running test by the clock alone from now on: its candidate is lost."""
        self._used_at_end_s = None
        self._is_lost = True

    def close(self) -> None:
        """Keep the final CPU time. Call while the process can still be asked."""
        self.reported_cpu_s = max(self.reported_cpu_s, self.cpu_s())
        self._is_closed = True
