"""Items of all requests → batches for the backend, oldest first; equal items are computed once.

A batch is begun ``window_s`` after its first item came, so that the single samples of many callers meet and share their
prompts. The oldest items always go into the next batch: nobody starves. What nobody waits for any more, because the
caller hung up or the deadline passed, is left out.

Decides when and with whom an item is computed; not how (``backends``), nor what was asked (``items``).
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import structlog

from clients.contract import Slug
from services.kit.problems import ProblemError
from services.rm.backends import Backend, Deliver, Score
from services.rm.cache import Key, ScoreCache, key_of
from services.rm.items import Item
from services.rm.metrics import Metrics

RETRY_AFTER_S = 1
"""Batches take fractions of a second to seconds."""
FAILED = "the backend failed; the service's log has the cause"


@dataclass(slots=True)
class Asked:
    """One caller's wish for an item's score."""

    done: asyncio.Future[Score]
    deadline: float
    """On the monotonic clock."""

    @property
    def waiting(self) -> bool:
        """Whether somebody still wants to know."""
        return not self.done.done() and time.monotonic() < self.deadline


@dataclass(slots=True)
class Entry:
    """An item that is not scored yet, and all who asked for it."""

    key: Key
    item: Item
    asked: list[Asked] = field(default_factory=list)

    @property
    def wanted(self) -> bool:
        """Whether anybody waits."""
        return any(each.waiting for each in self.asked)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one caller hears of one item."""

    score: Score
    cached: bool
    """It was known, or another asked for it before."""


class Batcher:
    """The queue in front of a backend."""

    def __init__(
        self,
        backend: Backend,
        cache: ScoreCache,
        metrics: Metrics,
        *,
        window_s: float,
        max_waiting_tokens: int,
    ) -> None:
        self._backend = backend
        self._cache = cache
        self._metrics = metrics
        self._window_s = window_s
        self._max_waiting = max_waiting_tokens
        self._waiting: dict[Key, Entry] = {}
        self._running: dict[Key, Entry] = {}
        self._waiting_tokens = 0
        self._came = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        for _ in range(self._backend.concurrency):
            self._tasks.add(asyncio.create_task(self._work()))
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for entry in [*self._waiting.values(), *self._running.values()]:
            _answer(entry, Score(error="the service is stopping", retryable=True))

    async def score(self, items: Sequence[Item], *, deadline_s: float, use_cache: bool) -> list[Answer]:
        """Return what became of every item, in their order, not later than the deadline.

        Raises:
            ProblemError: too much is waiting already; nothing was taken.
        """
        version = self._backend.info.version
        keys = [b"" if item.error else key_of(version, item.ids) for item in items]
        self._admit(items, keys)
        deadline = time.monotonic() + deadline_s
        asked = [
            self._ask(key, item, deadline, use_cache=use_cache) for key, item in zip(keys, items, strict=True)
        ]
        try:
            futures = [future for _, future in asked]
            if futures:
                await asyncio.wait(futures, timeout=deadline_s)
        finally:
            for _, future in asked:
                future.cancel()
        late = Score(
            error=f"not scored within {deadline_s:g} s; ask again, or for fewer at once", retryable=True
        )
        return [
            Answer(late if future.cancelled() else future.result(), known and not future.cancelled())
            for known, future in asked
        ]

    def _admit(self, items: Sequence[Item], keys: Sequence[Key]) -> None:
        new = sum(len(item.ids) for item, key in zip(items, keys, strict=True) if key not in self._waiting)
        if self._waiting_tokens and self._waiting_tokens + new > self._max_waiting:
            detail = (
                f"{self._waiting_tokens} tokens are waiting and {new} more would be above {self._max_waiting}"
            )
            raise ProblemError(
                Slug.TOO_MANY_REQUESTS, f"{detail}; come back later.", retry_after_s=RETRY_AFTER_S
            )

    def _ask(
        self, key: Key, item: Item, deadline: float, *, use_cache: bool
    ) -> tuple[bool, asyncio.Future[Score]]:
        """Return whether it needs no computing of its own, and what will hold the score."""
        future: asyncio.Future[Score] = asyncio.get_running_loop().create_future()
        if item.error:
            future.set_result(Score(error=item.error))
            return False, future
        known = self._cache.get(key) if use_cache else None
        if known is not None:
            future.set_result(Score(value=known))
            return True, future
        entry = self._waiting.get(key) or (self._running.get(key) if use_cache else None)
        joined = entry is not None
        if entry is None:
            entry = self._waiting[key] = Entry(key, item)
            self._waiting_tokens += len(item.ids)
            self._came.set()
        entry.asked.append(Asked(future, deadline))
        return joined, future

    async def _work(self) -> None:
        while True:
            await self._came.wait()
            await asyncio.sleep(self._window_s)
            batch = self._take()
            if batch:
                await self._run(batch)

    def _take(self) -> list[Entry]:
        """The oldest items, up to the backend's batch."""
        batch: list[Entry] = []
        tokens = 0
        for key, entry in list(self._waiting.items()):
            if batch and tokens + len(entry.item.ids) > self._backend.batch_tokens:
                break
            del self._waiting[key]
            self._waiting_tokens -= len(entry.item.ids)
            if entry.wanted:
                batch.append(entry)
                tokens += len(entry.item.ids)
                self._running[key] = entry
        if not self._waiting:
            self._came.clear()
        return batch

    async def _run(self, batch: list[Entry]) -> None:
        left = dict(enumerate(batch))

        def deliver(scores: Sequence[tuple[int, Score]]) -> None:
            for at, score in scores:
                entry = left.pop(at)
                self._running.pop(entry.key, None)
                if score.value is not None:
                    self._cache.put(entry.key, score.value)
                self._metrics.note(score, len(entry.item.ids))
                _answer(entry, score)

        start = time.perf_counter()
        try:
            await self._compute(batch, list(left), deliver)
        finally:
            for entry in left.values():  # nobody waits for these, or the service stops
                self._running.pop(entry.key, None)
                _answer(entry, Score(error="left out: nobody waited for it", retryable=True))
        self._metrics.batch(len(batch), time.perf_counter() - start)

    async def _compute(self, batch: list[Entry], places: list[int], deliver: Deliver) -> None:
        """Let the backend score these places of a batch. What fails is halved, so that an item costs only itself."""
        delivered: set[int] = set()

        def found(scores: Sequence[tuple[int, Score]]) -> None:
            delivered.update(places[at] for at, _ in scores)
            deliver([(places[at], score) for at, score in scores])

        def wanted(at: int) -> bool:
            return batch[places[at]].wanted

        try:
            await self._backend.score([batch[at].item for at in places], found, wanted)
        except Exception:  # noqa: BLE001 - whatever a model or a server does becomes the error of its items
            structlog.get_logger().exception("a batch failed", items=len(places))
            left = [at for at in places if at not in delivered]
            if len(left) < 2:
                deliver([(at, Score(error=FAILED, retryable=True)) for at in left])
                return
            for half in (left[: len(left) // 2], left[len(left) // 2 :]):
                await self._compute(batch, half, deliver)


def _answer(entry: Entry, score: Score) -> None:
    """Tell all who asked; the first one is charged for the computing."""
    first = True
    for each in entry.asked:
        if not each.done.done():
            each.done.set_result(score if first else Score(score.value, score.error, score.retryable))
            first = False
