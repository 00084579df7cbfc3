"""Decides how many completions may be in flight at one endpoint, by additive increase and multiplicative decrease.

Pure: the caller passes the time. The rule is TCP's. It starts small and doubles with each round of successes until the
first congestion, then adds one a round. Congestion (429, 503, a time-out) halves the limit, at most once for the
requests that were in flight together. An outage starts again from one.
"""

START = 4
"""Completions in flight at first: a small server survives it, and five rounds of doubling reach 128."""


class AdaptiveLimit:
    """The limit of one endpoint."""

    def __init__(self, maximum: int, start: int = START) -> None:
        self._maximum = float(maximum)
        self._threshold = float(maximum)
        self._value = float(min(start, maximum))
        self._halved_at = float("-inf")

    @property
    def value(self) -> int:
        """Most completions in flight, at least 1."""
        return int(self._value)

    def succeeded(self, completions: int) -> None:
        """Raise the limit after a reply with ``completions`` completions."""
        growth = completions if self._value < self._threshold else completions / self._value
        self._value = min(self._value + growth, self._maximum)

    def congested(self, sent_at: float, now: float) -> bool:
        """Halve the limit because a request that was sent at ``sent_at`` met congestion; return whether it is news.

        Requests that were sent before the last halving report the same congestion again; they change nothing.
        """
        if sent_at <= self._halved_at:
            return False
        self._value = self._threshold = max(self._value / 2, 1.0)
        self._halved_at = now
        return True

    def failed(self) -> None:
        """Start again from one, and double up to half of what was reached before the outage."""
        self._threshold = (
            max(self._value / 2, self._threshold / 2, 1.0) if self._value > 1 else self._threshold
        )
        self._value = 1.0
