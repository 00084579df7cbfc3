"""Restarts a worker of the local stack when it dies, with back-off.

The first time a worker dies it is restarted at once; if it dies early again and again, after a growing pause. A worker
that exits with an error while it starts has failed to start: after ``MAX_FAILED_STARTS`` of those in a row the
supervisor gives up.
"""

import subprocess
import time
from collections.abc import Callable

START_S = 60
"""A worker that ends within this time counts as one that ended while it started: a worker checks its jails before it
takes work."""
MAX_FAILED_STARTS = 3
"""Starts before the supervisor gives up: what is wrong with a machine is seldom over within seconds."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 10.0
"""Pause before the second restart, doubled each time up to the longest: short enough to notice a machine that has
recovered."""


class WorkerSupervisor:
    """Keeps one worker process running."""

    def __init__(self, start: Callable[[], subprocess.Popen[bytes]]) -> None:
        """Start the worker; ``start`` is called again for each restart."""
        self._start = start
        self._restart_at: float | None = None
        self._early_ends = 0
        self._failed_starts = 0
        self._start_process()

    @property
    def gave_up(self) -> bool:
        """Whether the last ``MAX_FAILED_STARTS`` workers failed to start."""
        return self._failed_starts >= MAX_FAILED_STARTS

    def poll(self) -> int | None:
        """Check the worker; return its pid if it has ended since the last call.

        A later call restarts it, when the pause is over.
        """
        now = time.monotonic()
        if self._restart_at is not None:
            if now >= self._restart_at:
                self._restart(now)
            return None
        if self.process.poll() is None:
            return None
        self._record_end(now - self._started_at)
        self._restart_at = now + self._pause_s()
        return self.process.pid

    def _restart(self, now: float) -> None:
        try:
            self._start_process()
        except OSError:  # the machine has no free process or descriptor at the moment
            self._restart_at = now + LONGEST_PAUSE_S

    def _start_process(self) -> None:
        self._restart_at = None
        self._started_at = time.monotonic()
        self.process = self._start()

    def _record_end(self, lifetime_s: float) -> None:
        is_early = lifetime_s < START_S
        # A status below 0: killed by a signal; 0: stopped on request.
        failed = is_early and self.process.returncode > 0
        self._early_ends = self._early_ends + 1 if is_early else 0
        self._failed_starts = self._failed_starts + 1 if failed else 0

    def _pause_s(self) -> float:
        """Return the seconds until the restart: 0 after the first early end."""
        if self._early_ends < 2:
            return 0.0
        return float(min(FIRST_PAUSE_S * 2 ** (self._early_ends - 2), LONGEST_PAUSE_S))
