"""Collects the items of all requests into batches for the backend; equal items are computed once.

The way of an item: cache → fair queue → batch → backend → cache and every caller that waits for it. A batch begins
``window_s`` after its first item arrived, so that single samples of many callers share a batch, and with it the tokens
of their prompts. Items that no caller waits for any more, because the client hung up or the deadline passed, are left
out.

This module decides when an item is computed. The order is ``fair_queue``'s, the computing a backend's, and the items
themselves come from ``tokens.items``.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

import structlog

from clients.contract import Slug
from services.common.problem_error import ProblemError
from services.rm.backend import ScoreResult, ScoringBackend
from services.rm.serving.bisection import score_by_halves
from services.rm.serving.cache import Key, ScoreCache, cache_key
from services.rm.serving.fair_queue import FairQueue, QueueEntry, Waiter
from services.rm.serving.metrics import RmMetrics
from services.rm.tokens.items import ScoringItem

RETRY_AFTER_S = 1
"""For ``Retry-After``: a batch takes between fractions of a second and seconds."""
THREAD_TOKENS = 2**16
"""A request with more tokens than this has its cache keys made in a thread, so that the event loop is not blocked."""


@dataclass(frozen=True, slots=True)
class ItemAnswer:
    """The result of one item for one caller."""

    score: ScoreResult
    cached: bool
    """Whether the item needed no computing of its own: it was in the cache, or was computed for another caller."""


class Batcher:
    """The queue in front of a backend. An async context manager: its tasks run while it is entered."""

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
        self._max_waiting_tokens = max_waiting_tokens
        self._queue = FairQueue()
        metrics.watch_queue(lambda: len(self._queue), lambda: self._queue.tokens)
        metrics.record_model(backend.info)
        self._running: dict[Key, QueueEntry] = {}
        """Entries in a batch. A caller that allows the cache joins them."""
        self._not_empty = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def load(self) -> int:
        """Number of items that wait or are computed."""
        return len(self._queue) + len(self._running)

    async def __aenter__(self) -> Self:
        for _ in range(self._backend.concurrency):
            self._tasks.add(asyncio.create_task(self._run_batches()))
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for entry in [*self._queue.values(), *self._running.values()]:
            entry.resolve(ScoreResult(error="the service is stopping", retryable=True))

    async def score(
        self,
        items: Sequence[ScoringItem],
        *,
        deadline_s: float,
        use_cache: bool,
        since: float | None = None,
        on_queued: Callable[[], None] | None = None,
    ) -> list[ItemAnswer]:
        """Return the result of every item, in order, at most ``deadline_s`` after ``since``.

        ``since`` is on the monotonic clock; default: now. An item without a score at that time has an error.
        ``on_queued`` is called when the queue has taken the request, which then is not refused any more.

        Raises:
            ProblemError: the queue has no room for the request; none of its items was queued.
        """
        deadline = (time.monotonic() if since is None else since) + deadline_s
        keys = await self._cache_keys(items)
        self._check_room(items, keys)
        requested = self._request_all(keys, items, deadline, use_cache=use_cache)
        if on_queued is not None:
            on_queued()
        try:
            futures = [future for _, future in requested]
            if futures:
                await asyncio.wait(futures, timeout=max(deadline - time.monotonic(), 0))
        finally:
            # Also when this caller is cancelled: its items must not hold room in the queue.
            for _, future in requested:
                future.cancel()
            self._queue.drop_abandoned(keys)
        late = late_score(deadline_s)
        answers = [
            ItemAnswer(late if future.cancelled() else future.result(), cached and not future.cancelled())
            for cached, future in requested
        ]
        self._metrics.record_answers(
            cached=sum(answer.cached for answer in answers),
            late=sum(future.cancelled() for _, future in requested),
        )
        return answers

    async def _cache_keys(self, items: Sequence[ScoringItem]) -> list[Key]:
        def make() -> list[Key]:
            return [b"" if item.error else cache_key(version, item.ids) for item in items]

        version = self._backend.info.version
        in_thread = sum(len(item.ids) for item in items) > THREAD_TOKENS
        return await asyncio.to_thread(make) if in_thread else make()

    def _check_room(self, items: Sequence[ScoringItem], keys: Sequence[Key]) -> None:
        new = sum(len(item.ids) for item, key in zip(items, keys, strict=True) if not self._queue.get(key))
        waiting = self._queue.tokens
        # An empty queue takes any request: one above the limit could otherwise never be served.
        if waiting and waiting + new > self._max_waiting_tokens:
            detail = (
                f"{waiting} tokens are waiting, and {new} more would exceed the limit of "
                f"{self._max_waiting_tokens}; send it again after the seconds in Retry-After."
            )
            self._metrics.record_refused(len(items))
            raise ProblemError(Slug.TOO_MANY_REQUESTS, detail, retry_after_s=RETRY_AFTER_S)

    def _request_all(
        self, keys: Sequence[Key], items: Sequence[ScoringItem], deadline: float, *, use_cache: bool
    ) -> list[tuple[bool, asyncio.Future[ScoreResult]]]:
        """Return for each item whether it needs no computing of its own, and the future of its score."""
        requested = []
        start_tag = self._queue.virtual_time
        for key, item in zip(keys, items, strict=True):
            waiter = Waiter(asyncio.get_running_loop().create_future(), deadline)
            cached = self._request(key, item, waiter, start_tag, use_cache=use_cache)
            start_tag += 0 if cached else len(item.ids)
            requested.append((cached, waiter.future))
        return requested

    def _request(
        self, key: Key, item: ScoringItem, waiter: Waiter, start_tag: int, *, use_cache: bool
    ) -> bool:
        """Answer an item at once, join an entry of the same key, or queue a new entry.

        Return whether the item needs no computing of its own.
        """
        if item.error:
            waiter.future.set_result(ScoreResult(error=item.error))
            return False
        cached = self._cache.get(key) if use_cache else None
        if cached is not None:
            waiter.future.set_result(ScoreResult(value=cached))
            return True
        # A caller that refuses the cache gets a computation that begins after its request: it may join an entry that
        # waits, but not one that is being computed.
        entry = self._queue.get(key) or (self._running.get(key) if use_cache else None)
        # An entry whose callers all gave up is computed for this caller.
        joined = entry is not None and entry.is_awaited
        if entry is None:
            entry = QueueEntry(key, item, start_tag)
            self._queue.add(entry)
            self._not_empty.set()
        entry.start_tag = min(entry.start_tag, start_tag)
        entry.store_in_cache |= use_cache
        entry.waiters.append(waiter)
        return joined

    async def _run_batches(self) -> None:
        while True:
            await self._not_empty.wait()
            await asyncio.sleep(self._window_s)
            try:
                batch = self._take_batch()
                if batch:
                    await self._run_batch(batch)
            except Exception:  # noqa: BLE001 - an error in this class ends a batch, never the queue
                structlog.get_logger().exception("a batch ended before it was done")

    def _take_batch(self) -> list[QueueEntry]:
        batch = self._queue.take(self._backend.batch_tokens)
        self._running |= {entry.key: entry for entry in batch}
        if not self._queue:
            self._not_empty.clear()
        return batch

    async def _run_batch(self, batch: list[QueueEntry]) -> None:
        remaining = dict(enumerate(batch))

        def deliver(scores: Sequence[tuple[int, ScoreResult]]) -> None:
            for index, score in scores:
                # A second score for the same item is ignored.
                if entry := remaining.pop(index, None):
                    self._finish(entry, score)

        start = time.perf_counter()
        try:
            await score_by_halves(self._backend, batch, list(remaining), deliver)
            self._requeue_awaited(remaining)
        finally:
            # The backend gave no score for these, or the service is stopping.
            for entry in remaining.values():
                self._stop_running(entry)
                entry.resolve(ScoreResult(error="the backend returned no score for it", retryable=True))
        self._metrics.record_batch(len(batch), time.perf_counter() - start)

    def _finish(self, entry: QueueEntry, score: ScoreResult) -> None:
        self._stop_running(entry)
        if score.value is not None and entry.store_in_cache:
            self._cache.put(entry.key, score.value)
        entry.resolve(score)
        self._metrics.record_item(score, len(entry.item.ids))

    def _stop_running(self, entry: QueueEntry) -> None:
        # Two entries of one key run at once if a caller refused the cache; the later one is in the table.
        if self._running.get(entry.key) is entry:
            del self._running[entry.key]

    def _requeue_awaited(self, remaining: dict[int, QueueEntry]) -> None:
        """Queue an entry again, once, that has a waiter although the backend left it out.

        A backend leaves out what no caller waits for. Another caller may join the entry after that and before the
        batch ends. Once only, so that a backend that forgets items cannot keep the queue busy for ever.
        """
        for index, entry in list(remaining.items()):
            if entry.is_awaited and not entry.was_requeued:
                del remaining[index]
                self._stop_running(entry)
                entry.was_requeued = True
                self._queue.add(entry)
                self._not_empty.set()


def late_score(deadline_s: float) -> ScoreResult:
    """Return the error of an item that was not scored before its deadline."""
    return ScoreResult(
        error=f"not scored within {deadline_s:g} s; retry, or send fewer candidates at once", retryable=True
    )
