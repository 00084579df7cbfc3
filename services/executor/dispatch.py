"""Sending an execution's units out in chunks, and sending again what was lost.

Decides how work is cut and who gets it again; what an answer means is the execution's.
"""

import asyncio
from collections.abc import Sequence

from clients.contract import Priority
from services.executor.broker import Broker
from services.executor.flights import MAX_LOSSES, Flight, find_lost
from services.executor.intake import Intake
from services.executor.plan import Chunk, Unit, make_chunks
from services.executor.queue import Item, SuiteText, item_id, payload_of

INTERACTIVE_MAX = 16
"""Requests up to this many candidates are interactive, unless they say otherwise."""


class Dispatcher:
    """The chunks of one execution that are on their way."""

    def __init__(
        self, execution: str, intake: Intake, suite_keys: Sequence[str], broker: Broker, ttl_s: int
    ) -> None:
        request = intake.request
        small = len(request.candidates) <= INTERACTIVE_MAX
        self._execution = execution
        self._intake = intake
        self._suite_keys = suite_keys
        self._broker = broker
        self._ttl_s = ttl_s
        self._environment = request.environment
        self._priority = request.priority or (Priority.INTERACTIVE if small else Priority.BULK)
        self._flights: dict[int, Flight] = {}
        self._flight_of: dict[int, Flight] = {}
        self._chunks = 0

    @property
    def busy(self) -> bool:
        """Whether anything is on its way."""
        return bool(self._flights)

    def flight(self, chunk: int) -> Flight | None:
        """The flight of a chunk, if it is still on its way."""
        return self._flights.get(chunk)

    async def send(self, units: Sequence[Unit]) -> None:
        """Cut units, which are ordered by suite, into chunks and enqueue them."""
        if not units:
            return
        workers = await self._broker.count_workers(self._environment)
        chunks = list(make_chunks(units, workers, self._broker.settings.max_chunk))
        items = [self._item(self._depart(chunk, losses=0)) for chunk in chunks]
        texts = [
            SuiteText(self._suite_keys[place], self._intake.suites[place].runnable.model_dump_json())
            for place in sorted({chunk.suite for chunk in chunks})
        ]
        await self._put(items, texts)

    def arrived(self, unit: Unit) -> None:
        """Take note that a unit is answered."""
        flight = self._flight_of.pop(unit.number, None)
        if flight is not None:
            flight.missing.discard(unit.number)
            if not flight.missing:
                self._flights.pop(flight.number, None)

    async def find_lost(self) -> list[Flight]:
        """Flights whose worker is gone."""
        if not self._flights:
            return []
        taken, waiting, alive = await self._broker.look(self._execution, self._environment)
        return find_lost(list(self._flights.values()), taken, waiting, alive)

    async def resend(self, lost: Sequence[Flight], losses: int) -> list[Unit]:
        """Send what is left of lost flights out again; the units that were lost too often are returned."""
        items: list[Item] = []
        given_up: list[Unit] = []
        for flight in lost:
            self._flights.pop(flight.number, None)
            rest = flight.rest()
            if flight.losses + losses >= MAX_LOSSES:
                given_up += rest
            elif rest:
                again = self._depart(Chunk(flight.chunk.suite, rest), flight.losses + losses)
                items.append(self._item(again))
        if items:
            await self._put(items, ())
        return given_up

    async def recall(self) -> None:
        """Take everything back that nobody waits for any more."""
        await self._broker.cancel(self._execution, self._ttl_s)
        items = [flight.item for flight in self._flights.values()]
        await asyncio.to_thread(self._broker.queue.remove, self._environment, self._priority, items)

    def _depart(self, chunk: Chunk, losses: int) -> Flight:
        self._chunks += 1
        missing = {unit.number for unit in chunk.units}
        item = item_id(self._execution, self._chunks, len(chunk.units))
        flight = Flight(self._chunks, item, chunk, losses, missing=missing)
        self._flights[flight.number] = flight
        self._flight_of.update(dict.fromkeys(missing, flight))
        return flight

    def _item(self, flight: Flight) -> Item:
        place = flight.chunk.suite
        payload = payload_of(
            self._execution,
            flight.number,
            flight.chunk,
            suite_key=self._suite_keys[place],
            invalid=self._intake.suites[place].invalid,
            environment=self._environment,
            cache_ttl_s=self._broker.settings.cache_ttl_s if self._intake.request.cache else 0,
        )
        return Item(flight.item, payload, at_front=flight.losses > 0)

    async def _put(self, items: Sequence[Item], texts: Sequence[SuiteText]) -> None:
        put = self._broker.queue.put
        await asyncio.to_thread(put, self._environment, self._priority, items, texts, self._ttl_s)
