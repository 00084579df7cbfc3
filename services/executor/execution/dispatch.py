"""Enqueues the chunks of one execution, and the chunks that replace lost ones.

``planning.plan`` cuts units into chunks, ``planning.lost_chunks`` decides which chunks were lost and what replaces
them, and ``execution`` decides what a result means. Where chunks live, and what happens when a worker is lost:
``docs/design/0002-chunks-and-streams.md``.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from services.executor.broker.broker import Broker
from services.executor.broker.queue import Item, QueuePlace, SuiteText, item_id, payload_of
from services.executor.broker.runs import RunEntry
from services.executor.planning.flows import Flow
from services.executor.planning.lost_chunks import (
    FailureWeight,
    InFlightChunk,
    find_lost,
    plan_retry,
    plan_shared,
)
from services.executor.planning.plan import NO_BACKLOG, Chunk, Unit, depends_on_backlog, make_chunks
from services.executor.requests.validation import ValidRequest


class Dispatcher:
    """The chunks of one execution that are in flight: sent, and not yet fully answered."""

    def __init__(
        self,
        execution: str,
        valid_request: ValidRequest,
        suite_keys: Sequence[str],
        broker: Broker,
        *,
        flow: Flow,
        make_entry: Callable[[], RunEntry | None],
        ends_at: float,
        margin_s: int,
    ) -> None:
        """``make_entry`` returns the state of the execution for the list of runs, unless it is not in the list yet.
        ``ends_at`` is the deadline, by the monotonic clock; keys in Redis expire ``margin_s`` after it.
        """
        request = valid_request.request
        self._execution = execution
        self._valid_request = valid_request
        self._suite_keys = suite_keys
        self._broker = broker
        self._ends_at = ends_at
        self._margin_s = margin_s
        self._environment = request.environment
        priority = broker.priorities.choose(request, flow)
        self._place = QueuePlace(request.environment, priority, flow)
        self._make_entry = make_entry
        self._chunks: dict[int, InFlightChunk] = {}
        self._chunk_of: dict[int, InFlightChunk] = {}
        """Number of a unit → the chunk that it is in."""
        self._chunk_count = 0

    @property
    def is_busy(self) -> bool:
        """Whether any chunk is in flight."""
        return bool(self._chunks)

    def is_in_flight(self, unit: Unit) -> bool:
        """Whether a unit is in a chunk that is in flight."""
        return unit.number in self._chunk_of

    def get(self, number: int) -> InFlightChunk | None:
        """Return a chunk by its number, if it is still in flight."""
        return self._chunks.get(number)

    async def send(self, units: Sequence[Unit]) -> None:
        """Cut units, which are ordered by suite, into chunks and enqueue them."""
        if not units:
            return
        workers = await self._broker.count_workers(self._environment)
        max_chunk = self._broker.settings.max_chunk
        with self._broker.backlogs.announce(self._place, len(units)) as earlier:
            backlog = NO_BACKLOG
            if depends_on_backlog(units, workers, max_chunk):
                backlog = await self._broker.backlogs.read(self._place, len(units), earlier)
            chunks = list(make_chunks(units, workers, max_chunk, backlog))
            await self._enqueue([self._register(chunk, weight=0) for chunk in chunks])

    def mark_answered(self, unit: Unit) -> None:
        """Remove a unit that has a result; a chunk without further units is no longer in flight."""
        chunk = self._chunk_of.pop(unit.number, None)
        if chunk is not None:
            chunk.missing.discard(unit.number)
            if not chunk.missing:
                self._chunks.pop(chunk.number, None)

    async def missing_workers(self) -> str:
        """Return a sentence if chunks are in flight and no worker serves their environment."""
        if not self._chunks or await self._broker.count_workers(self._environment):
            return ""
        return await self._broker.describe_missing_workers(self._environment)

    async def find_lost(self, *, trust_heartbeats: bool) -> list[tuple[InFlightChunk, FailureWeight]]:
        """Return the lost chunks; without ``trust_heartbeats``, only those that are neither queued nor taken."""
        if not self._chunks:
            return []
        snapshot = await self._broker.read_snapshot(self._execution, self._environment)
        if not trust_heartbeats:
            snapshot = replace(snapshot, live_workers=set(snapshot.worker_of.values()))
        return find_lost(list(self._chunks.values()), snapshot)

    def replace_lost(
        self, lost: Sequence[tuple[InFlightChunk, FailureWeight]]
    ) -> tuple[list[InFlightChunk], list[Unit]]:
        """Replace lost chunks by chunks of their missing units.

        Returns the new chunks, to be passed to ``resend``, and the units that are given up.
        """
        replacements: list[InFlightChunk] = []
        given_up: list[Unit] = []
        for lost_chunk, weight in lost:
            self._chunks.pop(lost_chunk.number, None)
            parts = plan_retry(lost_chunk, weight)
            replacements += [self._register(chunk, total) for chunk, total in parts]
            if not parts:
                given_up += lost_chunk.missing_units()
        for unit in given_up:
            self._chunk_of.pop(unit.number, None)
        return replacements, given_up

    def split_off(self, number: int, units: Collection[int]) -> list[InFlightChunk]:
        """Return a chunk of the units with these numbers that its worker gave back, to be passed to ``resend``.

        Units that have a result by now, or are in another chunk, are left out; without any there is no chunk. A message
        that is read twice so changes nothing.
        """
        shared = self._chunks.get(number)
        if shared is None or not (part := plan_shared(shared, units)):
            return []
        chunk, weight = part
        shared.missing.difference_update(units)
        if not shared.missing:
            self._chunks.pop(number)
        return [self._register(chunk, weight)]

    async def resend(self, chunks: Sequence[InFlightChunk]) -> None:
        """Enqueue chunks before all others. If that fails they stay in flight, and ``find_lost`` finds them."""
        if chunks:
            await self._enqueue(chunks, at_front=True)

    async def cancel(self) -> None:
        """Stop the workers' work on this execution, and remove its items from the queue."""
        await self._broker.cancel(self._execution, self._ttl_s())
        items = [chunk.item for chunk in self._chunks.values()]
        await asyncio.to_thread(self._broker.queue.remove, self._place, items)

    def _left_s(self) -> float:
        return max(self._ends_at - time.monotonic(), 0)

    def _ttl_s(self) -> int:
        return int(self._left_s()) + self._margin_s

    def _register(self, chunk: Chunk, weight: int) -> InFlightChunk:
        self._chunk_count += 1
        missing = {unit.number for unit in chunk.units}
        item = item_id(self._execution, self._chunk_count, len(chunk.units))
        in_flight = InFlightChunk(self._chunk_count, item, chunk, weight, missing=missing)
        self._chunks[in_flight.number] = in_flight
        self._chunk_of.update(dict.fromkeys(missing, in_flight))
        return in_flight

    def _item(self, in_flight: InFlightChunk, *, at_front: bool) -> Item:
        suite = in_flight.chunk.suite
        payload = payload_of(
            self._execution,
            in_flight.number,
            in_flight.chunk,
            suite_key=self._suite_keys[suite],
            invalid=self._valid_request.suites[suite].invalid,
            environment=self._environment,
            flow=self._place.flow,
            cache_ttl_s=self._broker.settings.cache_ttl_s if self._valid_request.request.cache else 0,
            left_s=self._left_s(),
        )
        return Item(in_flight.item, payload, at_front=at_front)

    async def _enqueue(self, chunks: Sequence[InFlightChunk], *, at_front: bool = False) -> None:
        """Enqueue chunks together with their suites, which a Redis that was restarted has lost."""
        items = [self._item(chunk, at_front=at_front) for chunk in chunks]
        texts = [
            SuiteText(self._suite_keys[suite], self._valid_request.suites[suite].runnable.model_dump_json())
            for suite in sorted({chunk.chunk.suite for chunk in chunks})
        ]
        if entry := self._make_entry():
            await self._broker.renew_owner(self._place.flow.caller, entry)
        await self._broker.enqueuer.put(self._place, items, texts, self._ttl_s())
