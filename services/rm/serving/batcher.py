"""Items of all requests → batches for the backend, in turn; equal items are computed once.

A batch is begun ``window_s`` after its first item came, so that the single samples of many callers meet and share their
prompts. What nobody waits for any more, because the caller hung up or the deadline passed, is left out.

Decides when an item is computed; not whose turn it is (``waiting``), nor how (``backends``), nor what was asked
(``items``).
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Self

import structlog

from clients.contract import Slug
from services.common.problems import ProblemError
from services.rm.backend import Deliver, ScoreResult, ScoringBackend
from services.rm.serving.cache import Key, ScoreCache, cache_key
from services.rm.serving.fair_queue import FairQueue, QueueEntry, Waiter
from services.rm.serving.metrics import RmMetrics
from services.rm.tokens.items import ScoringItem

RETRY_AFTER_S = 1
"""Batches take fractions of a second to seconds."""
FAILED = "the backend failed; the service's log has the cause"
ASIDE_TOKENS = 2**16
"""Above so many, keys are made in a thread: the event loop goes on."""


@dataclass(frozen=True, slots=True)
class ItemAnswer:
    """What one caller hears of one item."""

    score: ScoreResult
    cached: bool
    """It was known, or another asked for it before."""


class Batcher:
    """The queue in front of a backend."""

    def __init__(
        self,
        backend: ScoringBackend,
        cache: ScoreCache,
        metrics: RmMetrics,
        *,
        window_s: float,
        max_waiting_tokens: int,
    ) -> None:
        self._backend = backend
        self._cache = cache
        self._metrics = metrics
        self._window_s = window_s
        self._max_waiting = max_waiting_tokens
        self._waiting = FairQueue()
        self._running: dict[Key, QueueEntry] = {}
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
            entry.answer(ScoreResult(error="the service is stopping", retryable=True))

    async def score(
        self, items: Sequence[ScoringItem], *, deadline_s: float, use_cache: bool, since: float | None = None
    ) -> list[ItemAnswer]:
        """Return what became of every item, in their order, not later than ``deadline_s`` after ``since``.

        ``since`` is on the monotonic clock; default: now.

        Raises:
            ProblemError: too much is waiting already; nothing was taken.
        """
        deadline = (time.monotonic() if since is None else since) + deadline_s
        keys = await self._keys(items)
        self._admit(items, keys)
        asked = self._ask_all(keys, items, deadline, use_cache=use_cache)
        try:
            futures = [future for _, future in asked]
            if futures:
                await asyncio.wait(futures, timeout=max(deadline - time.monotonic(), 0))
        finally:
            for _, future in asked:
                future.cancel()
            self._waiting.forget(keys)
        late = late_score(deadline_s)
        return [
            ItemAnswer(late if future.cancelled() else future.result(), known and not future.cancelled())
            for known, future in asked
        ]

    async def _keys(self, items: Sequence[ScoringItem]) -> list[Key]:
        def made() -> list[Key]:
            return [b"" if item.error else cache_key(version, item.ids) for item in items]

        version = self._backend.info.version
        aside = sum(len(item.ids) for item in items) > ASIDE_TOKENS
        return await asyncio.to_thread(made) if aside else made()

    def _admit(self, items: Sequence[ScoringItem], keys: Sequence[Key]) -> None:
        new = sum(len(item.ids) for item, key in zip(items, keys, strict=True) if not self._waiting.get(key))
        waiting = self._waiting.tokens
        if waiting and waiting + new > self._max_waiting:
            detail = f"{waiting} tokens are waiting and {new} more would be above {self._max_waiting}"
            raise ProblemError(
                Slug.TOO_MANY_REQUESTS, f"{detail}; come back later.", retry_after_s=RETRY_AFTER_S
            )

    def _ask_all(
        self, keys: Sequence[Key], items: Sequence[ScoringItem], deadline: float, *, use_cache: bool
    ) -> list[tuple[bool, asyncio.Future[ScoreResult]]]:
        """For each item, whether it needs no computing of its own, and what will hold the score."""
        asked = []
        turn = self._waiting.taken
        for key, item in zip(keys, items, strict=True):
            known, future = self._ask(key, item, Waiter(_future(), deadline), turn, use_cache=use_cache)
            turn += 0 if known else len(item.ids)
            asked.append((known, future))
        return asked

    def _ask(
        self, key: Key, item: ScoringItem, asked: Waiter, turn: int, *, use_cache: bool
    ) -> tuple[bool, asyncio.Future[ScoreResult]]:
        if item.error:
            asked.done.set_result(ScoreResult(error=item.error))
            return False, asked.done
        known = self._cache.get(key) if use_cache else None
        if known is not None:
            asked.done.set_result(ScoreResult(value=known))
            return True, asked.done
        entry = self._waiting.get(key) or (self._running.get(key) if use_cache else None)
        joined = entry is not None
        if entry is None:
            entry = QueueEntry(key, item, turn)
            self._waiting.add(entry)
            self._came.set()
        entry.turn = min(entry.turn, turn)
        entry.kept |= use_cache
        entry.asked.append(asked)
        return joined, asked.done

    async def _work(self) -> None:
        while True:
            await self._came.wait()
            await asyncio.sleep(self._window_s)
            try:
                batch = self._take()
                if batch:
                    await self._run(batch)
            except Exception:  # noqa: BLE001 - a fault of ours ends a batch, never the queue
                structlog.get_logger().exception("a batch ended before it was done")

    def _take(self) -> list[QueueEntry]:
        batch = self._waiting.take(self._backend.batch_tokens)
        self._running |= {entry.key: entry for entry in batch}
        if not self._waiting:
            self._came.clear()
        return batch

    async def _run(self, batch: list[QueueEntry]) -> None:
        left = dict(enumerate(batch))

        def deliver(scores: Sequence[tuple[int, ScoreResult]]) -> None:
            for at, score in scores:
                if entry := left.pop(at, None):
                    self._deliver(entry, _finite(score))

        start = time.perf_counter()
        try:
            await self._compute(batch, list(left), deliver)
            self._put_back(left)
        finally:
            for entry in left.values():  # nobody waits for these, or the service stops
                self._ended(entry)
                entry.answer(ScoreResult(error="left out: no score came for it", retryable=True))
        self._metrics.batch(len(batch), time.perf_counter() - start)

    def _deliver(self, entry: QueueEntry, score: ScoreResult) -> None:
        self._ended(entry)
        if score.value is not None and entry.kept:
            self._cache.put(entry.key, score.value)
        entry.answer(score)
        self._metrics.note(score, len(entry.item.ids))

    def _ended(self, entry: QueueEntry) -> None:
        if self._running.get(entry.key) is entry:
            del self._running[entry.key]

    def _put_back(self, left: dict[int, QueueEntry]) -> None:
        """Let wait again, once, what the backend left out because nobody wanted it, and somebody does by now."""
        for at, entry in list(left.items()):
            if entry.is_awaited and not entry.again:
                del left[at]
                self._ended(entry)
                entry.again = True
                self._waiting.add(entry)
                self._came.set()

    async def _compute(self, batch: list[QueueEntry], places: list[int], deliver: Deliver) -> None:
        """Let the backend score these places of a batch. What fails is halved, so that an item costs only itself."""
        delivered: set[int] = set()

        def found(scores: Sequence[tuple[int, ScoreResult]]) -> None:
            delivered.update(places[at] for at, _ in scores)
            deliver([(places[at], score) for at, score in scores])

        def is_awaited(at: int) -> bool:
            return batch[places[at]].is_awaited

        try:
            await self._backend.score([batch[at].item for at in places], found, is_awaited)
        except Exception:  # noqa: BLE001 - whatever a model or a server does becomes the error of its items
            structlog.get_logger().exception("a batch failed", items=len(places))
            left = [at for at in places if at not in delivered]
            if len(left) < 2:
                deliver([(at, ScoreResult(error=FAILED, retryable=True)) for at in left])
                return
            for half in (left[: len(left) // 2], left[len(left) // 2 :]):
                await self._compute(batch, half, deliver)


def late_score(deadline_s: float) -> ScoreResult:
    """What is said of an item whose time is over."""
    return ScoreResult(
        error=f"not scored within {deadline_s:g} s; ask again, or for fewer at once", retryable=True
    )


def _future() -> asyncio.Future[ScoreResult]:
    return asyncio.get_running_loop().create_future()


def _finite(score: ScoreResult) -> ScoreResult:
    """No backend's NaN becomes a score."""
    if score.value is None or isfinite(score.value):
        return score
    return ScoreResult(
        error=f"the score is {score.value}, which is no number to rank by", computed=score.computed
    )
