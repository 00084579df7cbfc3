"""Samples the metrics of this process at an interval, keeps the last samples, and yields new ones to live pages.

The samples are in memory, those of one process. A service with a store (``store.HistoryStore``) also writes sums to it,
once in ten seconds: the history of all its processes, which a restart does not end. If the store is away, what was not
written is kept for five minutes; the live samples go on.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import structlog
from prometheus_client import CollectorRegistry

from services.common.dashboard.panels import Panel, Reading, panel_values, sums_of
from services.common.dashboard.store import (
    FLUSH_S,
    RESOLUTIONS,
    HistoryStore,
    Resolution,
    Sums,
    sample_of,
    sums_to_add,
)

INTERVAL_S = 2.0
"""Between two samples: a person sees a change at once, and a reading of the metrics takes milliseconds."""
KEPT = 900
"""Samples that are kept: half an hour, some 200 bytes each."""
WRITE_S = 2.0
"""Longest time that a sample waits for the store."""
LAST_WRITE_S = 1.0
"""Longest time that the end of the process waits for the store."""
MOST_UNWRITTEN = 2 * 300 // FLUSH_S
"""Sums that are kept while the store is away: of both resolutions, for five minutes."""
STORED_AGAIN_S = 5.0
"""How long a history that was read is served to further pages: a point is 10 s long."""


class MetricHistory:
    """Takes and keeps the samples of one process, newest last."""

    def __init__(
        self,
        registry: CollectorRegistry,
        panels: Sequence[Panel],
        interval_s: float = INTERVAL_S,
        store: HistoryStore | None = None,
    ) -> None:
        self.panels = tuple(panels)
        self.store = store
        self._registry = registry
        self._interval_s = interval_s
        self._samples: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._next: asyncio.Future[None] | None = None
        self._is_closed = False
        self._last: Reading = {}
        self._summed: Reading = {}
        """The reading up to which sums were made."""
        self._bucket = 0
        self._unwritten: deque[tuple[Resolution, int, Sums]] = deque(maxlen=MOST_UNWRITTEN)
        self._stored: dict[Resolution, tuple[float, list[dict[str, Any]]]] = {}
        """What was read from the store, and when."""
        self._reads = asyncio.Lock()

    @property
    def samples(self) -> list[dict[str, Any]]:
        """Return the kept samples: ``t`` in seconds since 1970; ``values``, one mapping of line → number per panel."""
        return list(self._samples)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Take samples while the block runs."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            if self._summed:
                self._make_sums(self._bucket)
                await self._write(LAST_WRITE_S)

    async def follow(self) -> AsyncIterator[dict[str, Any]]:
        """Yield every sample that is taken from now on, until ``close`` is called."""
        while not self._is_closed:
            if self._next is None:
                self._next = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._next)
            if not self._is_closed:
                yield self._samples[-1]

    def close(self) -> None:
        """End what ``follow`` yields, now and for later callers: the process is asked to stop."""
        self._is_closed = True
        self._wake()

    async def read_stored(self, resolution: Resolution) -> list[dict[str, Any]]:
        """Return the samples of the store, of all processes; up to ``STORED_AGAIN_S`` old.

        Raises:
            Exception: the store is away; which exception depends on the store.
        """
        assert self.store is not None
        async with self._reads:
            read_at, samples = self._stored.get(resolution, (-STORED_AGAIN_S, []))
            if time.monotonic() - read_at >= STORED_AGAIN_S:
                # A process writes within one sample after the end of a bucket.
                buckets = await self.store.read(resolution, time.time() - self._interval_s)
                samples = [
                    sample_of(self.panels, start, sums, resolution.bucket_s) for start, sums in buckets
                ]
                self._stored[resolution] = (time.monotonic(), samples)
            return samples

    def _wake(self) -> None:
        if self._next is not None:
            self._next.set_result(None)
            self._next = None

    async def _run(self) -> None:
        self._last = self._summed = await asyncio.to_thread(self._read)
        self._bucket, read_at = int(time.time()) // FLUSH_S, time.monotonic()
        while True:
            await asyncio.sleep(self._interval_s)
            try:
                now = await asyncio.to_thread(self._read)
            except Exception:  # noqa: BLE001 - a collector that fails once must not end the page for good
                structlog.get_logger().exception("the metrics could not be read")
                continue
            elapsed_s, read_at = time.monotonic() - read_at, time.monotonic()
            values = [panel_values(panel, self._last, now, elapsed_s) for panel in self.panels]
            self._samples.append({"t": round(time.time(), 1), "values": values})
            self._last = now
            self._wake()
            if self.store is not None and int(time.time()) // FLUSH_S > self._bucket:
                self._make_sums(int(time.time()) // FLUSH_S - 1)
                self._bucket = int(time.time()) // FLUSH_S
                await self._write(WRITE_S)

    def _make_sums(self, bucket: int) -> None:
        """Sum up what was read since the sums before, as what happened in a bucket."""
        sums = [sums_of(panel, self._summed, self._last) for panel in self.panels]
        self._summed = self._last
        for resolution in RESOLUTIONS:
            start = bucket * FLUSH_S // resolution.bucket_s * resolution.bucket_s
            self._unwritten.append((resolution, start, sums_to_add(self.panels, sums, resolution)))

    async def _write(self, timeout_s: float) -> None:
        """Write what is not written yet; what fails is tried again with the next sums."""
        if self.store is None:
            return
        try:
            async with asyncio.timeout(timeout_s):
                while self._unwritten:
                    await self.store.add(*self._unwritten[0])
                    self._unwritten.popleft()
        except Exception as exc:  # noqa: BLE001 - whatever the store raises while it is away
            structlog.get_logger().debug("the history of the live page is not written yet", error=str(exc))

    def _read(self) -> Reading:
        """Read all metrics. Call it in a thread: some collectors wait for Redis."""
        return {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in self._registry.collect()
            for sample in family.samples
        }
