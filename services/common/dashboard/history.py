"""Samples the metrics of this process at an interval, keeps the last samples, and yields new ones to live pages.

Each API process has a history of its own. Gauges of what is in Redis have the same values in all of them.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import structlog
from prometheus_client import CollectorRegistry

from services.common.dashboard.panels import Panel, Reading, panel_values

INTERVAL_S = 2.0
"""Between two samples: a person sees a change at once, and a reading of the metrics takes milliseconds."""
KEPT = 900
"""Samples that are kept: half an hour, some 200 bytes each."""


class MetricHistory:
    """Takes and keeps the samples of one process, newest last."""

    def __init__(
        self, registry: CollectorRegistry, panels: Sequence[Panel], interval_s: float = INTERVAL_S
    ) -> None:
        self.panels = tuple(panels)
        self._registry = registry
        self._interval_s = interval_s
        self._samples: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._next: asyncio.Future[None] | None = None
        self._is_closed = False

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

    def _wake(self) -> None:
        if self._next is not None:
            self._next.set_result(None)
            self._next = None

    async def _run(self) -> None:
        before, read_at = await asyncio.to_thread(self._read), time.monotonic()
        while True:
            await asyncio.sleep(self._interval_s)
            try:
                now = await asyncio.to_thread(self._read)
            except Exception:  # noqa: BLE001 - a collector that fails once must not end the page for good
                structlog.get_logger().exception("the metrics could not be read")
                continue
            elapsed_s, read_at = time.monotonic() - read_at, time.monotonic()
            values = [panel_values(panel, before, now, elapsed_s) for panel in self.panels]
            self._samples.append({"t": round(time.time(), 1), "values": values})
            before = now
            self._wake()

    def _read(self) -> Reading:
        """Read all metrics. Call it in a thread: some collectors wait for Redis."""
        return {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in self._registry.collect()
            for sample in family.samples
        }
