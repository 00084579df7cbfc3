"""Chunks that were sent out and are not all answered, and which of them are lost. Pure.

A chunk is lost when the worker that took it is gone, or when it is neither waiting nor taken: a worker died
between the two. The second is believed at the second look, because taking is not one step.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from services.executor.plan import Chunk, Unit

MAX_LOSSES = 2
"""A chunk that two workers died of is not given to a third."""


@dataclass(slots=True)
class Flight:
    """One chunk on its way."""

    number: int
    item: str
    """Its name in the queue."""
    chunk: Chunk
    losses: int = 0
    """Workers that died or failed while they had it."""
    suspected: bool = False
    missing: set[int] = field(default_factory=set)
    """Numbers of its units without an answer."""

    def rest(self) -> tuple[Unit, ...]:
        """Its units without an answer."""
        return tuple(unit for unit in self.chunk.units if unit.number in self.missing)


def find_lost(
    flights: Iterable[Flight],
    taken: Mapping[int, str],
    waiting: Collection[str],
    alive: Collection[str],
) -> list[Flight]:
    """Which flights are lost, given who took which chunk, which items wait and which workers live.

    Marks those that may be; call it about once a second.
    """
    lost = []
    for flight in flights:
        worker = taken.get(flight.number)
        if worker is not None:
            if worker not in alive:
                lost.append(flight)
        elif flight.item in waiting:
            flight.suspected = False
        elif flight.suspected:
            lost.append(flight)
        else:
            flight.suspected = True
    return lost
