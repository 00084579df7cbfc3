"""How much slower than at its best this core works just now.

A CPU second is not worth the same everywhere: beside neighbours that share its caches, its memory or its other
hyperthread, a core does the same work in up to twice the CPU time, and no clock tells. A fixed piece of work does.
What it takes at best is learnt while the jail starts and whenever a session does, and inherited by every checker.

Decides only how long a test that reached its limit is let go on, so that it can be told from one without end
(``link``); never a verdict. A machine that was busy whenever the best was learnt is taken for a fast one: tests are
then given up earlier, and no limit is stretched.
"""

import time

_WORK = 4000
"""Rounds of the loop: about 0.3 ms, long enough for its clock, short beside anything it is worth doing for."""
_BEYOND = 1.1
"""Beyond the slowness found: it differs between kinds of work by about as much."""
LONGEST = 2.0
"""However slow the machine seems: no test is let go on for longer than this many times its limit."""

_best_s = float("inf")


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


class Pace:
    """The pace of one test, from looks while it runs."""

    def __init__(self) -> None:
        self._taken_s = 0.0
        self._looks = 0

    def look(self) -> float:
        """Take a look; return the slowness found, or that of the test so far if it is more. 1 is the best."""
        _take()  # warm up after the program, whose caches these are now
        took_s = _take()
        self._taken_s += took_s
        self._looks += 1
        return max(1.0, took_s / _best_s, self._taken_s / self._looks / _best_s)

    def leash(self) -> float:
        """Return how many times its limit the test may use before it is given up."""
        return min(LONGEST, _BEYOND * self.look())
