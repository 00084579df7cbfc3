"""A worker's place in the local stack: who works there, and when another is started in their stead.

A worker that dies is replaced at once, one that dies again and again after a growing pause. One that ends by
itself with an error each time refuses to work: after a few tries nobody is started any more.
"""

import subprocess
import time
from collections.abc import Callable

START_S = 60
"""A worker that ends by itself this soon ended while it started: jails are checked before they take work."""
REFUSALS = 3
"""Tries of a worker that refuses: what is wrong with a machine is seldom over within seconds."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 10.0
"""Before the second successor, then twice as long each time; ten seconds are few once a machine is well again."""


class Place:
    """One worker, and its successors."""

    def __init__(self, start: Callable[[], subprocess.Popen[bytes]]) -> None:
        self._start = start
        self._again_at: float | None = None
        self._quick_ends = 0
        self._refusals = 0
        self._begin()

    @property
    def hopeless(self) -> bool:
        """Whether nobody who was started here agreed to work."""
        return self._refusals >= REFUSALS

    def look(self) -> int | None:
        """See to it that somebody works here; the pid of one who was found dead just now.

        The successor is started at a later look, when its time has come.
        """
        now = time.monotonic()
        if self._again_at is not None:
            if now >= self._again_at:
                self._begin_again(now)
            return None
        if self.process.poll() is None:
            return None
        self._count(now - self._started_at)
        self._again_at = now + self._pause_s()
        return self.process.pid

    def _begin_again(self, now: float) -> None:
        try:
            self._begin()
        except OSError:  # no process, no descriptor to be had on this machine now
            self._again_at = now + LONGEST_PAUSE_S

    def _begin(self) -> None:
        self._again_at = None
        self._started_at = time.monotonic()
        self.process = self._start()

    def _count(self, lived_s: float) -> None:
        quick = lived_s < START_S
        refused = quick and self.process.returncode > 0  # below 0 it was killed, at 0 it was told to stop
        self._quick_ends = self._quick_ends + 1 if quick else 0
        self._refusals = self._refusals + 1 if refused else 0

    def _pause_s(self) -> float:
        """Seconds until another is started: none for the first that dies."""
        if self._quick_ends < 2:
            return 0.0
        return float(min(FIRST_PAUSE_S * 2 ** (self._quick_ends - 2), LONGEST_PAUSE_S))
