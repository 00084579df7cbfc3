"""Wall time that a candidate let pass: what the wall-time backstop counts.

A program that computes is limited by its CPU time, however long a busy machine takes to grant it. Wall time counts only
while the checker waits for an answer and the program neither uses nor wants the CPU to speak of; otherwise a verdict
would depend on what else the machine does. The first moment of each wait counts for little: the answer may be here, and
the checker be waiting for its own turn.
"""

import time
from collections.abc import Callable

LOOK_EVERY_S = 0.25
"""Long enough for a program that wants to compute to get some CPU even where a dozen others want it too."""
_COMPUTING_SHARE = 0.1
"""Of wall time: a program that neither uses nor waits for more than this is idle. It bounds how long one can nap its
way to a CPU limit: ten times that limit."""
_UNTOLD_SHARE = 0.02
"""The same where the kernel does not tell who waits: on a busy machine a program that computes may get little more."""
_WORTH_A_LOOK_S = 0.02
"""Shorter waits say nothing of who sleeps, and looking costs a few calls of the kernel."""
_TURN_S = 0.1
"""A turn on a core that a few dozen processes want. A test may ask a thousand times, and wait for as many turns."""
_TURN_COUNTS = 0.1
"""Not nothing: a program may nap for less than a turn at each of its answers, without end."""


class IdleClock:
    """Seconds a process was idle, from looks at its CPU clock."""

    def __init__(self) -> None:
        self.total_s = 0.0
        self._test_s = 0.0
        self.start_test(0.0)

    def start_test(self, cpu_s: float) -> None:
        """Begin a test; ``cpu_s`` is what the process had used by then."""
        self._test_s = self.total_s
        self._seen_cpu_s = cpu_s
        self.wait()

    def wait(self) -> None:
        """Begin to wait for an answer."""
        self._seen_wall_s = time.monotonic()
        self._turn_s = _TURN_S

    @property
    def due(self) -> bool:
        """Whether enough has passed since the last look to be worth another."""
        return time.monotonic() - self._seen_wall_s > _WORTH_A_LOOK_S

    def look(self, cpu_s: float, waited_s: Callable[[], float | None]) -> None:
        """Take the process's CPU clock; count the wall time since the last look if it hardly used and hardly
        ``waited_s`` for the CPU.
        """
        now_s = time.monotonic()
        wall_s, used_s = now_s - self._seen_wall_s, cpu_s - self._seen_cpu_s
        self._seen_wall_s, self._seen_cpu_s = now_s, cpu_s
        if used_s < _COMPUTING_SHARE * wall_s and self._idle(wall_s, used_s, waited_s()):
            turn_s = min(wall_s, self._turn_s)
            self._turn_s -= turn_s
            self.total_s += wall_s - (1 - _TURN_COUNTS) * turn_s

    @staticmethod
    def _idle(wall_s: float, used_s: float, waited_s: float | None) -> bool:
        share = _UNTOLD_SHARE if waited_s is None else _COMPUTING_SHARE
        return used_s + (waited_s or 0.0) < share * wall_s

    def of_test_s(self) -> float:
        """Return the idle seconds of the test in hand."""
        return self.total_s - self._test_s
