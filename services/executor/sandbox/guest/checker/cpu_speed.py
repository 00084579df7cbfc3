"""How much slower than at its best this core works just now.

A CPU second is not worth the same everywhere: beside neighbours that share its caches, its memory or its other
hyperthread, a core does the same work in up to twice the CPU time, and no clock tells. A fixed piece of work does.
What it takes at best is learnt while the jail starts, whenever a session does, and up to ten times a second between the
suites of a session; every checker inherits it.

Decides how long a test that reached its limit is let go on, so that it can be told from one without end (``link``),
and by how much a limit is stretched for a test that the machine surely slowed down. A machine that was busy whenever
the best was learnt is taken for a fast one: tests are then given up earlier, and limits stretched less.

Not promised: the slowness of work of another kind. Work that waits for memory is slowed more than this.
"""

import time

_WORK = 4000
"""Rounds of the loop: about 0.3 ms, long enough for its clock, short beside anything it is worth doing for."""
_BEYOND = 1.25
"""Beyond the slowness found: what comes in bursts is missed by it. An endless loop costs a quarter more for it."""
EVERY_S = 0.02
"""CPU seconds of a test between two looks: they cost its core some 3 %."""
_ENOUGH_LOOKS = 4
"""Fewer are no measure of a test."""
_SURELY = 1.25
"""Of the slowness found, what may not be the test's: work is slowed down by some 0.8 of it (docs/design/0003)."""
_MOST_CREDIT = 1.5
"""A core that is slowed down by more is no place to measure."""
LONGEST = 2.0
"""However slow the machine seems: no test is let go on for longer than this many times its limit."""

_LEARN_EVERY_S = 0.1
"""Learning twice costs 0.6 ms: this often, less than a hundredth of the core."""
_best_s = float("inf")
_learnt_s = 0.0


def _take() -> float:
    start_s = time.thread_time()
    total = 0
    for n in range(_WORK):
        total += n * n % 7
    return time.thread_time() - start_s


def learn(times: int) -> None:
    """Look for a better best."""
    global _best_s  # noqa: PLW0603  -- learnt by the warm parent, inherited by all that is forked
    _best_s = min(_best_s, *(_take() for _ in range(times)))


def learn_on() -> None:
    """Look for a better best, if the last time is a while ago: a machine that was busy at first may be quiet by now."""
    global _learnt_s  # noqa: PLW0603  -- of the calling process, for all it forks
    now_s = time.monotonic()
    if now_s - _learnt_s > _LEARN_EVERY_S:
        _learnt_s = now_s
        learn(2)


class Pace:
    """The pace of one test, from looks while it runs."""

    def __init__(self) -> None:
        self._taken_s = 0.0
        self._looks = 0
        self._followed = 0
        self._cpu_s = 0.0
        self._cpu_at_look_s = 0.0

    def start_test(self, cpu_s: float) -> None:
        """Begin a test; ``cpu_s`` is what its process had used by then."""
        self._taken_s, self._looks, self._followed = 0.0, 0, 0
        self._cpu_s = self._cpu_at_look_s = cpu_s

    def follow(self, cpu_s: float) -> bool:
        """Take the clock of the test's process, and a look if one is due; return whether the clock moved."""
        moved = cpu_s > self._cpu_s
        self._cpu_s = cpu_s
        if cpu_s - self._cpu_at_look_s >= EVERY_S:
            self._cpu_at_look_s = cpu_s
            self._followed += 1
            self.look()
        return moved

    def look(self) -> float:
        """Take a look; return the slowness found, or that of the test so far if it is more. 1 is the best."""
        _take()  # warm up after the program, whose caches these are now
        took_s = _take()
        self._taken_s += took_s
        self._looks += 1
        return max(1.0, took_s / _best_s, self._slowness())

    def _slowness(self) -> float:
        return self._taken_s / self._looks / _best_s

    def credit(self) -> float:
        """Return how many times its limit the test may have used, for it surely was slowed down by as much."""
        if self._followed < _ENOUGH_LOOKS:
            return 1.0
        return min(_MOST_CREDIT, max(1.0, self._slowness() / _SURELY))

    def leash(self) -> float:
        """Return how many times its limit the test may use before it is given up."""
        return min(LONGEST, _BEYOND * self.look())
