"""Sending an execution's units out in chunks, and sending again what was lost.

Decides how work is cut and who gets it again; what an answer means is the execution's.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace

from clients.contract import Priority
from services.executor.broker.broker import Broker
from services.executor.broker.queue import Item, SuiteText, item_id, payload_of
from services.executor.planning.in_flight import FailureWeight, InFlightChunk, again, find_lost
from services.executor.planning.plan import Chunk, Unit, make_chunks
from services.executor.requests.validation import ValidRequest

INTERACTIVE_MAX = 16
"""Requests up to this many candidates are interactive, unless they say otherwise."""


class Dispatcher:
    """The chunks of one execution that are on their way."""

    def __init__(
        self,
        execution: str,
        valid_request: ValidRequest,
        suite_keys: Sequence[str],
        broker: Broker,
        *,
        ends_at: float,
        margin_s: int,
    ) -> None:
        """``ends_at`` is the deadline, by the monotonic clock; what is in Redis outlives it by ``margin_s``."""
        request = valid_request.request
        small = len(request.candidates) <= INTERACTIVE_MAX
        self._execution = execution
        self._valid_request = valid_request
        self._suite_keys = suite_keys
        self._broker = broker
        self._ends_at = ends_at
        self._margin_s = margin_s
        self._environment = request.environment
        self._priority = request.priority or (Priority.INTERACTIVE if small else Priority.BULK)
        self._flights: dict[int, InFlightChunk] = {}
        self._flight_of: dict[int, InFlightChunk] = {}
        self._chunks = 0

    @property
    def busy(self) -> bool:
        """Whether anything is on its way."""
        return bool(self._flights)

    def has(self, unit: Unit) -> bool:
        """Whether a unit is on its way."""
        return unit.number in self._flight_of

    def flight(self, chunk: int) -> InFlightChunk | None:
        """The flight of a chunk, if it is still on its way."""
        return self._flights.get(chunk)

    async def send(self, units: Sequence[Unit]) -> None:
        """Cut units, which are ordered by suite, into chunks and enqueue them."""
        if not units:
            return
        workers = await self._broker.count_workers(self._environment)
        chunks = list(make_chunks(units, workers, self._broker.settings.max_chunk))
        await self._put([self._depart(chunk, blame=0) for chunk in chunks])

    def arrived(self, unit: Unit) -> None:
        """Take note that a unit is answered."""
        flight = self._flight_of.pop(unit.number, None)
        if flight is not None:
            flight.missing.discard(unit.number)
            if not flight.missing:
                self._flights.pop(flight.number, None)

    async def find_lost(self, *, trust_beats: bool) -> list[tuple[InFlightChunk, FailureWeight]]:
        """Flights whose worker is gone; without ``trust_beats``, those only that nobody has."""
        if not self._flights:
            return []
        sight = await self._broker.look(self._execution, self._environment)
        if not trust_beats:
            sight = replace(sight, alive=set(sight.taken.values()))
        return find_lost(list(self._flights.values()), sight)

    def part(
        self, lost: Sequence[tuple[InFlightChunk, FailureWeight]]
    ) -> tuple[list[InFlightChunk], list[Unit]]:
        """What is left of lost flights: flights to ``send_again``, halved if need be, and units to give up."""
        departed: list[InFlightChunk] = []
        given_up: list[Unit] = []
        for flight, blame in lost:
            self._flights.pop(flight.number, None)
            rest = flight.rest()
            parts = again(flight, blame)
            departed += [self._depart(chunk, in_all) for chunk, in_all in parts]
            if not parts:
                given_up += rest
        for unit in given_up:
            self._flight_of.pop(unit.number, None)
        return departed, given_up

    async def send_again(self, flights: Sequence[InFlightChunk]) -> None:
        """Enqueue flights before all others; those that do not get there are found to be lost."""
        if flights:
            await self._put(flights, at_front=True)

    async def recall(self) -> None:
        """Take everything back that nobody waits for any more."""
        await self._broker.cancel(self._execution, self._ttl_s())
        items = [flight.item for flight in self._flights.values()]
        await asyncio.to_thread(self._broker.queue.remove, self._environment, self._priority, items)

    def _left_s(self) -> float:
        return max(self._ends_at - time.monotonic(), 0)

    def _ttl_s(self) -> int:
        return int(self._left_s()) + self._margin_s

    def _depart(self, chunk: Chunk, blame: int) -> InFlightChunk:
        self._chunks += 1
        missing = {unit.number for unit in chunk.units}
        item = item_id(self._execution, self._chunks, len(chunk.units))
        flight = InFlightChunk(self._chunks, item, chunk, blame, missing=missing)
        self._flights[flight.number] = flight
        self._flight_of.update(dict.fromkeys(missing, flight))
        return flight

    def _item(self, flight: InFlightChunk, *, at_front: bool) -> Item:
        place = flight.chunk.suite
        payload = payload_of(
            self._execution,
            flight.number,
            flight.chunk,
            suite_key=self._suite_keys[place],
            invalid=self._valid_request.suites[place].invalid,
            environment=self._environment,
            cache_ttl_s=self._broker.settings.cache_ttl_s if self._valid_request.request.cache else 0,
            left_s=self._left_s(),
        )
        return Item(flight.item, payload, at_front=at_front)

    async def _put(self, departed: Sequence[InFlightChunk], *, at_front: bool = False) -> None:
        """Enqueue chunks with their suites, which a Redis that was restarted has forgotten."""
        items = [self._item(flight, at_front=at_front) for flight in departed]
        texts = [
            SuiteText(self._suite_keys[place], self._valid_request.suites[place].runnable.model_dump_json())
            for place in sorted({flight.chunk.suite for flight in departed})
        ]
        put = self._broker.queue.put
        await asyncio.to_thread(put, self._environment, self._priority, items, texts, self._ttl_s())
