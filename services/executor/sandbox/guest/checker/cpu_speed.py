"""Measures how much slower than at its best this core works now.

Beside neighbours that share its caches, memory or other hyperthread, a core does the same work in up to twice the CPU
time, and no clock shows it. A fixed piece of work does. Its best time is measured while the jail starts, whenever a
session starts, and then, less and less often, between the suites of a session; every checker inherits it.

Two factors follow from it (timeline: ``time_budget``). The limit factor stretches the CPU limit of a test that was
surely slowed down. The grace factor says how long a test may go on beyond its limit, so that one that ends can be told
from one that never does. If the machine was busy at every measurement of the best time, the best is too long: tests are
then given up earlier, and limits are stretched less.

Does not promise to measure the slowness of other kinds of work: work that waits for memory is slowed down more.
"""

import time

_WORK_ROUNDS = 4000
"""Rounds of the loop: about 0.3 ms, long enough for the clock, and short beside the 20 ms between two samples."""
_GRACE_MARGIN = 1.25
"""Added to the slowness for bursts between two samples. An endless loop costs a quarter more for it."""
SAMPLE_EVERY_S = 0.02
"""CPU seconds of a test between two samples, which cost its core some 3 %."""
_MIN_SAMPLES = 4
"""Fewer samples stretch no limit."""
_SURE_SLOWNESS = 1.25
"""Slowness that may be due to the test's own kind of work, which is slowed down by some 0.8 of the measured slowness
(docs/design/0003); only what is beyond stretches a limit."""
_MAX_LIMIT_FACTOR = 1.5
"""A core that is slowed down by more than this is too busy for a stretched limit to be right."""
MAX_GRACE_FACTOR = 2.0
"""No test goes on for longer than this many times its limit, however slow the machine seems."""

_MEASURE_EVERY_S = (0.1, 1.0)
"""Least and longest time between two measurements. To measure twice costs 0.6 ms, and several times as much until the
memory that it wrote to is in huge pages again (``supervisor.huge_pages``)."""
_MEASURE_EVERY_SHARE = 0.1
"""In between: this share of the time since the first one. A best time of many measurements seldom changes."""
_best_s = float("inf")
_first_s = _due_s = 0.0


def _time_work() -> float:
    """Do the fixed piece of work; return its CPU seconds."""
    start_s = time.thread_time()
    total = 0
    for n in range(_WORK_ROUNDS):
        total += n * n % 7
    return time.thread_time() - start_s


def measure_best(times: int) -> None:
    """Do the work this many times; keep the best time so far."""
    global _best_s  # noqa: PLW0603  -- measured in the zygote, inherited by all processes forked from it
    _best_s = min(_best_s, *(_time_work() for _ in range(times)))


def due_s() -> float:
    """Return the time, of the monotonic clock, from which on ``measure_best_if_due`` measures."""
    return _due_s


def measure_best_if_due() -> None:
    """Measure again if the last time is long enough ago: a machine that was busy at first may be quiet by now."""
    global _first_s, _due_s  # noqa: PLW0603  -- of the calling process, for all processes forked from it
    now_s = time.monotonic()
    if now_s >= _due_s:
        _first_s = _first_s or now_s
        least_s, longest_s = _MEASURE_EVERY_S
        _due_s = now_s + min(longest_s, max(least_s, _MEASURE_EVERY_SHARE * (now_s - _first_s)))
        measure_best(2)


class CpuSpeed:
    """The speed of the core during one test, from samples while it runs."""

    def __init__(self) -> None:
        self._work_s = 0.0
        self._samples = 0
        self._due_samples = 0
        self._cpu_s = 0.0
        self._cpu_at_sample_s = 0.0

    def start_test(self, cpu_s: float) -> None:
        """Begin a test; ``cpu_s`` is what its process had used by then."""
        self._work_s, self._samples, self._due_samples = 0.0, 0, 0
        self._cpu_s = self._cpu_at_sample_s = cpu_s

    def follow(self, cpu_s: float) -> bool:
        """Take the CPU clock of the test's process, and a sample if one is due; return whether the clock moved."""
        has_moved = cpu_s > self._cpu_s
        self._cpu_s = cpu_s
        if cpu_s - self._cpu_at_sample_s >= SAMPLE_EVERY_S:
            self._cpu_at_sample_s = cpu_s
            self._due_samples += 1
            self.sample()
        return has_moved

    def sample(self) -> float:
        """Time the work; return the slowness now, or the mean of the test so far if that is larger. 1 is the best."""
        _time_work()  # warms up the caches, which the program has just used
        work_s = _time_work()
        self._work_s += work_s
        self._samples += 1
        return max(1.0, work_s / _best_s, self._mean_slowness())

    def _mean_slowness(self) -> float:
        return self._work_s / self._samples / _best_s

    def limit_factor(self) -> float:
        """Return the factor by which the CPU limit is stretched on a slow core."""
        if self._due_samples < _MIN_SAMPLES:
            return 1.0
        return min(_MAX_LIMIT_FACTOR, max(1.0, self._mean_slowness() / _SURE_SLOWNESS))

    def grace_factor(self) -> float:
        """Take a sample; return how many times its limit the test may use before it is given up."""
        return min(MAX_GRACE_FACTOR, _GRACE_MARGIN * self.sample())
