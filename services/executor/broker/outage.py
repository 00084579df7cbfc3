"""A Redis that is away, seen by one who waits for it: how long it has been, and what to believe afterwards. Pure.

Most outages are restarts of a few seconds. Work in progress waits them out; what a Redis that kept nothing has
forgotten is sent again.
"""

import time
from dataclasses import dataclass

from services.executor.settings import WORKER_LOST_S

RETRY_S = 0.25
"""How often a Redis that is away is tried."""


@dataclass(slots=True)
class Outage:
    """The one that lasts, or the last one there was."""

    patience_s: float
    began_at: float | None = None
    """``None``: Redis is there."""
    ended_at: float = float("-inf")

    def noticed(self) -> None:
        """Redis did not answer, or refused to write."""
        if self.began_at is None:
            self.began_at = time.monotonic()

    def over(self) -> None:
        """Redis does what it is asked."""
        if self.began_at is not None:
            self.began_at = None
            self.ended_at = time.monotonic()

    @property
    def too_long(self) -> bool:
        """Whether there is no more waiting for it."""
        return self.began_at is not None and time.monotonic() - self.began_at > self.patience_s

    @property
    def beats_are_missing(self) -> bool:
        """Whether a worker that says nothing may be alive: it has had no time yet to come back."""
        return self.began_at is not None or time.monotonic() - self.ended_at < WORKER_LOST_S
