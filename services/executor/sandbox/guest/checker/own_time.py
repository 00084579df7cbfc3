"""Ends a test whose own code uses too much CPU time: a loop in its text, or a reference solution that never ends.

The limits of the candidate do not see such a test, and the worker could only end the whole checker, without knowing
which test ran. A timer of the kernel that counts this process's CPU time interrupts the test instead. It acts between
two instructions of Python: a single call that computes for long (``sum(range(10**12))``) is left to the worker.
"""

import signal
import time
from typing import Any

from .candidate_link import CandidateLink

_TICK_S = 0.1
"""CPU seconds between two looks at the clock: far less than a limit, and too rare to cost anything."""
_MARGIN_S = 1.0
"""What a test's own code may use beyond the CPU limit of the program: it may compare long answers with a slow
reference."""
OVER_LIMIT = "the test itself used more CPU time than a test may"
"""The message of such a test."""


class OwnTime:
    """The CPU time that the running test uses in this process."""

    def __init__(self) -> None:
        self._link: CandidateLink | None = None
        self._allowed_s = 0.0
        self._end_s = 0.0
        """When the test is over its time, by this process's CPU clock; 0 before the first tick in the test."""

    def install(self) -> None:
        """Start the timer, for the life of this process. Call in the main thread."""
        signal.signal(signal.SIGPROF, self._tick)
        self.restart()

    def restart(self) -> None:
        """Start the timer again: a test may have stopped it."""
        signal.setitimer(signal.ITIMER_PROF, _TICK_S, _TICK_S)

    def start(self, link: CandidateLink, cpu_limit_s: float) -> None:
        """Begin a test that calls this candidate."""
        self._allowed_s = cpu_limit_s + _MARGIN_S
        self._end_s = 0.0
        self._link = link

    def stop(self) -> None:
        """End the test: from here on, nothing is interrupted."""
        self._link = None

    def _tick(self, _signal: int, _frame: Any) -> None:
        """Give the candidate up if the test is over its time: again at each tick, since a test may catch anything."""
        link = self._link
        if link is None:
            return
        if not self._end_s:  # read here and not at the start: most tests end before they see a tick
            self._end_s = time.process_time() + self._allowed_s
        elif time.process_time() > self._end_s:
            if link.lost:
                raise link.lost
            link.lose("time_limit", OVER_LIMIT)


own_time = OwnTime()
"""One for the process, as the timer is."""
