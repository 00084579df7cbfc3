"""Chunks that were sent out and are not all answered: which of them are lost, and what to do about it. Pure.

A chunk is lost when the worker that took it is gone, or when it is neither waiting nor taken. The second is
believed at the second look, because taking is not one step.

What a worker died of is found by halving: a chunk that is to blame ``ENOUGH`` goes on as two halves, and a
candidate that is left alone and is to blame ``ENOUGH`` by itself is given up. So its neighbours lose time only.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from services.executor.planning.plan import Chunk, Unit


class FailureWeight(IntEnum):
    """How much a loss says against the chunk that was lost."""

    NONE = 0
    """It was given back by a worker that was stopped."""
    SOME = 1
    """Its worker had begun another chunk since, or nobody knows who had it: it may be a bystander."""
    FULL = 2
    """Its worker died, or failed, with this chunk in hand."""


ENOUGH = 2 * FailureWeight.FULL
"""One dead worker may be a coincidence; a second one is no longer taken for one."""
HALVED = int(FailureWeight.FULL)
"""What the halves of a chunk start with: one more loss and they are halved again."""


@dataclass(slots=True)
class InFlightChunk:
    """One chunk on its way."""

    number: int
    item: str
    """Its name in the queue."""
    chunk: Chunk
    blame: int = 0
    """Of all losses so far, those of the chunks it is left from included."""
    suspected: bool = False
    missing: set[int] = field(default_factory=set)
    """Numbers of its units without an answer."""

    def rest(self) -> tuple[Unit, ...]:
        """Its units without an answer."""
        return tuple(unit for unit in self.chunk.units if unit.number in self.missing)


@dataclass(frozen=True, slots=True)
class QueueSnapshot:
    """What is seen of an execution's chunks at one look."""

    taken: Mapping[int, str]
    """Chunk → the worker that took it."""
    waiting: Collection[str]
    """Items in the queue."""
    alive: Collection[str]
    """Workers."""
    begun: Mapping[str, int] = field(default_factory=dict)
    """Worker → the chunk of this execution that it began last; left out where that was another's."""


def find_lost(
    flights: Iterable[InFlightChunk], sight: QueueSnapshot
) -> list[tuple[InFlightChunk, FailureWeight]]:
    """Which flights are lost, and how much that says against each.

    Marks those that may be; call it about once a second.
    """
    lost = []
    for flight in flights:
        worker = sight.taken.get(flight.number)
        if worker is not None:
            if worker not in sight.alive:
                in_hand = sight.begun.get(worker) == flight.number
                lost.append((flight, FailureWeight.FULL if in_hand else FailureWeight.SOME))
        elif flight.item in sight.waiting:
            flight.suspected = False
        elif flight.suspected:
            lost.append((flight, FailureWeight.SOME))
        else:
            flight.suspected = True
    return lost


def again(flight: InFlightChunk, blame: FailureWeight) -> list[tuple[Chunk, int]]:
    """How what is left of a lost flight goes out again, each part with its blame; empty: give it up."""
    rest = flight.rest()
    total = flight.blame + blame
    if total < ENOUGH:
        return [(Chunk(flight.chunk.suite, rest), total)] if rest else []
    half = len(rest) // 2
    parts = [rest[:half], rest[half:]] if half else []
    return [(Chunk(flight.chunk.suite, part), HALVED if len(part) > 1 else 0) for part in parts]
