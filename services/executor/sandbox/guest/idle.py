"""Wall time that a candidate let pass: what the wall-time backstop counts.

A program that computes is limited by its CPU time, however long a busy machine takes to grant it. Only while it uses
next to no CPU does wall time count; otherwise a verdict would depend on what else the machine does.
"""

import time

LOOK_EVERY_S = 0.25
"""Long enough for a program that wants to compute to get some CPU even where a dozen others want it too."""
_COMPUTING_SHARE = 0.02
_WORTH_A_LOOK_S = 0.02


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
        self._seen_wall_s = time.monotonic()

    @property
    def due(self) -> bool:
        """Whether enough has passed since the last look to be worth another."""
        return time.monotonic() - self._seen_wall_s > _WORTH_A_LOOK_S

    def look(self, cpu_s: float) -> None:
        """Take the process's CPU clock; count the wall time since the last look if it was hardly used."""
        now_s = time.monotonic()
        wall_s, used_s = now_s - self._seen_wall_s, cpu_s - self._seen_cpu_s
        self.total_s += wall_s if used_s < _COMPUTING_SHARE * wall_s else 0.0
        self._seen_wall_s, self._seen_cpu_s = now_s, cpu_s

    def of_test_s(self) -> float:
        """Return the idle seconds of the test in hand."""
        return self.total_s - self._test_s
