"""What waits to be scored, and whose turn it is. Pure but for the clock and the futures that callers wait on.

An item's turn is where it would stand had its request brought its items one after the other, at the pace at which
items are served. So a single sample does not wait for the end of a large request, and single samples without end
cannot hold a large one up: both get on.
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
    """One caller's wish for an item's score."""

    done: asyncio.Future[ScoreResult]
    deadline: float
    """On the monotonic clock."""

    @property
    def waiting(self) -> bool:
        """Whether somebody still wants to know."""
        return not self.done.done() and time.monotonic() < self.deadline


@dataclass(slots=True)
class QueueEntry:
    """An item that is not scored yet, and all who asked for it."""

    key: Key
    item: ScoringItem
    turn: int
    """Lower goes first; in tokens since the process began."""
    asked: list[Waiter] = field(default_factory=list)
    kept: bool = False
    """Whether its score goes into the cache."""
    again: bool = False
    """It was left out of a batch before."""

    @property
    def is_awaited(self) -> bool:
        """Whether anybody waits."""
        return any(each.waiting for each in self.asked)

    def answer(self, score: ScoreResult) -> None:
        """Tell all who asked; the first one is charged for the computing."""
        first = True
        for each in self.asked:
            if not each.done.done():
                each.done.set_result(
                    score if first else ScoreResult(score.value, score.error, score.retryable)
                )
                first = False


class FairQueue:
    """Entries by key."""

    def __init__(self) -> None:
        self._entries: dict[Key, QueueEntry] = {}
        self.tokens = 0
        """Of all that waits."""
        self.taken = 0
        """Tokens of all that was taken: the turn of who comes now."""

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Key) -> QueueEntry | None:
        """Return the entry, or ``None``."""
        return self._entries.get(key)

    def values(self) -> Iterable[QueueEntry]:
        """Every entry, in the order they came."""
        return self._entries.values()

    def add(self, entry: QueueEntry) -> None:
        """Let an entry wait; one of the same key takes its callers over."""
        if other := self._entries.get(entry.key):
            other.asked += entry.asked
            other.turn = min(other.turn, entry.turn)
            other.kept |= entry.kept
            return
        self._entries[entry.key] = entry
        self.tokens += len(entry.item.ids)

    def take(self, tokens: int) -> list[QueueEntry]:
        """Take out those whose turn it is, up to so many tokens but at least one; what nobody wants is dropped."""
        batch: list[QueueEntry] = []
        used = 0
        for entry in sorted(self._entries.values(), key=lambda entry: entry.turn):
            size = len(entry.item.ids)
            if batch and used + size > tokens:
                break
            self._remove(entry)
            if entry.is_awaited:
                batch.append(entry)
                used += size
        self.taken += used
        return batch

    def forget(self, keys: Iterable[Key]) -> None:
        """Drop those of ``keys`` that nobody wants: they hold memory, and room that others could have."""
        for key in keys:
            entry = self._entries.get(key)
            if entry and not entry.is_awaited:
                self._remove(entry)

    def _remove(self, entry: QueueEntry) -> None:
        del self._entries[entry.key]
        self.tokens -= len(entry.item.ids)
