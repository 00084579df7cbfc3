"""Counts the wall time during which a candidate is idle: the time that the wall limit counts.

A program that computes is limited by its CPU time, however long a busy machine takes to grant it. Wall time counts only
while the checker waits for an answer and the program uses little CPU. The time in which the program uses a core or
waits for one is subtracted, and so is the time in which the checker waits for one. Otherwise a verdict would depend on
the machine's other work: of a program that starves, of one that naps and waits a little for a core after each nap, or
of one that has answered a checker that starves. The first moment of each wait counts for little: the kernel does not
tell all of the checker's own waiting.
"""

import time
from collections.abc import Callable

SAMPLE_EVERY_S = 0.25
"""Long enough for a program that computes to get some CPU time even beside a dozen others that want it."""
_BUSY_SHARE = 0.1
"""Of wall time: a program that uses less CPU than this is idle for the rest of that time, unless it waits for a core.
It bounds how long a program that naps between computing can take to reach its CPU limit: ten times that limit, and the
time in which it waits for a core."""
_BUSY_SHARE_UNTOLD = 0.02
"""The same where the kernel does not tell who waits: on a busy machine a program that computes may get little more."""
_MIN_SAMPLE_S = 0.02
"""A shorter wait says little about sleep, and a sample costs a few system calls."""
_LONGEST_SAMPLE_S = 1.0
"""While the checker waits, it wakes every ``SAMPLE_EVERY_S``. If more time than this has passed, it did not run: its
container or job was stopped and went on (``docker pause``, SIGSTOP by Slurm), or it waited for a core. The rest of that
time does not count, because it shows nothing about the program."""
_TURN_S = 0.1
"""How long the checker may wait for a core that a few dozen processes want. A test may make a thousand calls, and the
checker wait as often."""
_TURN_WEIGHT = 0.1
"""Not 0: a program may nap for less than ``_TURN_S`` before each of its answers, without end."""


class IdleClock:
    """Idle seconds of one process, from samples of its CPU clock."""

    def __init__(self) -> None:
        self.total_s = 0.0
        self._total_at_test_s = 0.0
        self.start_test(0.0)

    def start_test(self, cpu_s: float) -> None:
        """Begin a test; ``cpu_s`` is what the process had used by then."""
        self._total_at_test_s = self.total_s
        self._sampled_cpu_s = cpu_s
        self.start_wait()

    def start_wait(self) -> None:
        """Begin to wait for an answer."""
        self._sampled_wall_s = time.monotonic()
        self._turn_left_s = _TURN_S

    @property
    def is_due(self) -> bool:
        """Whether enough time has passed since the last sample."""
        return time.monotonic() - self._sampled_wall_s > _MIN_SAMPLE_S

    def sample(self, cpu_s: float, run_queue_wait_s: Callable[[], float | None]) -> None:
        """Take the process's CPU clock; count the wall time since the last sample if the process was idle in it.

        ``run_queue_wait_s`` is called only if the CPU clock hardly moved: it costs system calls.
        """
        now_s = time.monotonic()
        wall_s = min(now_s - self._sampled_wall_s, _LONGEST_SAMPLE_S)
        used_s = cpu_s - self._sampled_cpu_s
        self._sampled_wall_s, self._sampled_cpu_s = now_s, cpu_s
        if used_s < _BUSY_SHARE * wall_s:
            idle_s = self._idle_s(wall_s, used_s, run_queue_wait_s())
            turn_s = min(idle_s, self._turn_left_s)
            self._turn_left_s -= turn_s
            self.total_s += idle_s - (1 - _TURN_WEIGHT) * turn_s

    @staticmethod
    def _idle_s(wall_s: float, used_s: float, waited_s: float | None) -> float:
        """Return how much of a sample's wall time the process neither used a core nor waited for one.

        A process that starves is nearly always found waiting for a core (``waited_s`` is infinite): it adds nothing.
        """
        if waited_s is None:
            return wall_s if used_s < _BUSY_SHARE_UNTOLD * wall_s else 0.0
        return max(0.0, wall_s - used_s - waited_s)

    def test_s(self) -> float:
        """Return the idle seconds of the running test."""
        return self.total_s - self._total_at_test_s
