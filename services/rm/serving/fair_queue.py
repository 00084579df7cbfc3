"""Orders the items that wait to be scored, by start-time fair queueing. Pure but for the clock and the futures.

Virtual time is the number of tokens that were taken out of the queue so far. A request that arrives gives each of its
items a start tag: the virtual time at arrival, plus the tokens of the request's items before it. The lowest start tag
goes first. So the items of a large request are spread out as if they had arrived one after the other at the pace of
service: a single sample does not wait for the end of a large request, and single samples without end cannot hold the
large request up.

An example: at virtual time 100 a request brings four items of 50 tokens; their start tags are 100, 150, 200 and 250.
The first is taken, so virtual time is 150. A single sample that arrives now gets the start tag 150, and goes before
the items tagged 200 and 250.
"""

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from services.rm.backend import ScoreResult
from services.rm.serving.cache import Key
from services.rm.tokens.items import ScoringItem


@dataclass(slots=True)
class Waiter:
    """One caller that waits for the score of an item."""

    future: asyncio.Future[ScoreResult]
    deadline: float
    """On the monotonic clock."""

    @property
    def is_waiting(self) -> bool:
        """Whether the caller has neither hung up, nor an answer, nor passed its deadline."""
        return not self.future.done() and time.monotonic() < self.deadline


@dataclass(slots=True)
class QueueEntry:
    """An item that is not scored yet, and every caller that waits for it."""

    key: Key
    item: ScoringItem
    start_tag: int
    """The lowest goes first. In tokens of virtual time."""
    waiters: list[Waiter] = field(default_factory=list)
    store_in_cache: bool = False
    """Whether its score goes into the cache."""
    was_requeued: bool = False
    """Whether a backend left it out of a batch before."""

    @property
    def is_awaited(self) -> bool:
        """Whether any caller still waits for it."""
        return any(waiter.is_waiting for waiter in self.waiters)

    def resolve(self, score: ScoreResult) -> None:
        """Give the score to every waiter. The first one is charged for the tokens computed, the others for none."""
        first = True
        for waiter in self.waiters:
            if not waiter.future.done():
                waiter.future.set_result(
                    score if first else ScoreResult(score.value, score.error, score.retryable)
                )
                first = False


class FairQueue:
    """The entries that wait, by key."""

    def __init__(self) -> None:
        self._entries: dict[Key, QueueEntry] = {}
        self.tokens = 0
        """Tokens of all entries that wait."""
        self.virtual_time = 0
        """Tokens of all entries that were taken: the start tag of an item that arrives now."""

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Key) -> QueueEntry | None:
        """Return the entry of a key, or ``None``."""
        return self._entries.get(key)

    def values(self) -> Iterable[QueueEntry]:
        """Return every entry, in order of arrival."""
        return self._entries.values()

    def add(self, entry: QueueEntry) -> None:
        """Add an entry, or merge its waiters into the entry of the same key."""
        if other := self._entries.get(entry.key):
            other.waiters += entry.waiters
            other.start_tag = min(other.start_tag, entry.start_tag)
            other.store_in_cache |= entry.store_in_cache
            return
        self._entries[entry.key] = entry
        self.tokens += len(entry.item.ids)

    def take(self, tokens: int) -> list[QueueEntry]:
        """Take entries in order of their start tags, up to ``tokens`` tokens but at least one entry.

        Entries that no caller waits for are dropped on the way and count for nothing.
        """
        batch: list[QueueEntry] = []
        used = 0
        # Sorted at every call, because a start tag falls when another caller joins its entry. A batch takes far
        # longer to compute than this.
        for entry in sorted(self._entries.values(), key=lambda entry: entry.start_tag):
            size = len(entry.item.ids)
            if batch and used + size > tokens:
                break
            self._remove(entry)
            if entry.is_awaited:
                batch.append(entry)
                used += size
        self.virtual_time += used
        return batch

    def drop_abandoned(self, keys: Iterable[Key]) -> None:
        """Drop those of ``keys`` that no caller waits for: they hold memory, and count against the queue's limit."""
        for key in keys:
            entry = self._entries.get(key)
            if entry and not entry.is_awaited:
                self._remove(entry)

    def _remove(self, entry: QueueEntry) -> None:
        del self._entries[entry.key]
        self.tokens -= len(entry.item.ids)
