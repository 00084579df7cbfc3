"""Finds the chunks that were lost, and decides which smaller chunks replace them. Pure.

A chunk is lost when the worker that took it has no heartbeat, or when it is neither in the queue nor taken. The
second counts only when it is seen twice in a row, because a worker takes an item in two steps. It is also lost when
the worker that took it lives and does not have it any more, though its results did not arrive: Redis lost them.

A program that kills its workers is found by halving. Each loss adds a ``FailureWeight`` to the chunk. A chunk that
reaches ``THRESHOLD`` is sent again as two halves; a single unit that reaches ``THRESHOLD`` by itself is given up.
So the other programs of its chunk lose time only. The last unit of a chunk whose other units have results starts
again at 0: the losses before that were the chunk's, and others may have caused them.

Units that a worker gives back are not lost: it has not begun them, and they go on as a chunk of their own.

Where a chunk comes from and goes to:
``docs/design/0002-chunks-and-streams.md``.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from services.executor.planning.plan import Chunk, Unit


class FailureWeight(IntEnum):
    """How strongly one loss suggests that the lost chunk caused it."""

    NONE = 0
    """A worker that was stopped returned the chunk."""
    SOME = 1
    """Its worker had begun another chunk since, or no worker is known to have had it: perhaps not the cause."""
    FULL = 2
    """Its worker died, or failed, while it judged this chunk."""


THRESHOLD = 2 * FailureWeight.FULL
"""Two dead workers: one may be a coincidence, two are taken as caused by the chunk."""
BEATS_WITHOUT = 3
"""Heartbeats of its worker that do not name a chunk, until it is lost. The first may be older than the chunk. The
second shows that the worker has finished it, and the results that it sent before are read before the third is."""
WEIGHT_OF_HALF = int(FailureWeight.FULL)
"""What each half of a chunk starts with: one more dead worker and it is halved again."""


@dataclass(slots=True)
class InFlightChunk:
    """One chunk that was sent and is not yet fully answered."""

    number: int
    item: str
    """Id of its queue item."""
    chunk: Chunk
    weight: int = 0
    """Sum of the failure weights of the losses so far: of the chunk it replaces, and of the chunks before that one."""
    is_suspected: bool = False
    """Whether it was neither queued nor taken when it was last looked for."""
    beats_without: set[int] = field(default_factory=set)
    """Heartbeats of the worker that took it in which the worker did not name it."""
    missing: set[int] = field(default_factory=set)
    """Numbers of its units without a result."""

    def missing_units(self) -> tuple[Unit, ...]:
        """Return its units without a result."""
        return tuple(unit for unit in self.chunk.units if unit.number in self.missing)


@dataclass(frozen=True, slots=True)
class WorkerBeat:
    """What the latest heartbeat of a worker says about one execution."""

    number: int
    """Counts the heartbeats of the worker."""
    chunks: Collection[int]
    """Numbers of the execution's chunks that the worker has taken and not finished."""


@dataclass(frozen=True, slots=True)
class QueueSnapshot:
    """What Redis holds about the chunks of one execution at one moment."""

    worker_of: Mapping[int, str]
    """Number of a chunk → the worker that took it."""
    queued_items: Collection[str]
    """Ids of the items that no worker has taken."""
    live_workers: Collection[str]
    """Names of the workers that have a heartbeat."""
    last_begun: Mapping[str, int] = field(default_factory=dict)
    """Worker → the chunk of this execution that it began last; left out where that was another execution's."""
    beats: Mapping[str, WorkerBeat] = field(default_factory=dict)
    """Worker → its latest heartbeat."""


def find_lost(
    chunks: Iterable[InFlightChunk], snapshot: QueueSnapshot
) -> list[tuple[InFlightChunk, FailureWeight]]:
    """Return the chunks that are lost, each with the weight of that loss.

    Sets ``is_suspected``; call it about once a second.
    """
    lost = []
    for in_flight in chunks:
        worker = snapshot.worker_of.get(in_flight.number)
        if worker is not None:
            if worker not in snapshot.live_workers:
                was_running = snapshot.last_begun.get(worker) == in_flight.number
                lost.append((in_flight, FailureWeight.FULL if was_running else FailureWeight.SOME))
            elif _is_dropped(in_flight, snapshot.beats.get(worker)):
                lost.append((in_flight, FailureWeight.SOME))
        elif in_flight.item in snapshot.queued_items:
            in_flight.is_suspected = False
        elif in_flight.is_suspected:
            lost.append((in_flight, FailureWeight.SOME))
        else:
            in_flight.is_suspected = True
    return lost


def _is_dropped(in_flight: InFlightChunk, beat: WorkerBeat | None) -> bool:
    """Whether the worker that took a chunk has not had it for ``BEATS_WITHOUT`` heartbeats."""
    if beat is None or in_flight.number in beat.chunks:
        in_flight.beats_without.clear()
        return False
    in_flight.beats_without.add(beat.number)
    return len(in_flight.beats_without) >= BEATS_WITHOUT


def plan_shared(shared: InFlightChunk, numbers: Collection[int]) -> tuple[Chunk, int] | None:
    """Return the chunk of those units that a worker gave back before it had begun them, and its weight so far.

    It is no loss: the weight is that of the chunk, or 0 for a unit that is alone from now on. ``None``: none is left.
    """
    units = tuple(unit for unit in shared.missing_units() if unit.number in numbers)
    return (Chunk(shared.chunk.suite, units), shared.weight if len(units) > 1 else 0) if units else None


def plan_retry(lost: InFlightChunk, weight: FailureWeight) -> list[tuple[Chunk, int]]:
    """Return the chunks that replace a lost one, each with its weight so far.

    Empty: all its units have results, or its single unit is given up.
    """
    units = lost.missing_units()
    total = lost.weight + weight
    if len(units) == 1 < len(lost.chunk.units):
        return [(Chunk(lost.chunk.suite, units), 0)]
    if total < THRESHOLD:
        return [(Chunk(lost.chunk.suite, units), total)] if units else []
    half = len(units) // 2
    parts = [units[:half], units[half:]] if half else []
    return [(Chunk(lost.chunk.suite, part), WEIGHT_OF_HALF if len(part) > 1 else 0) for part in parts]
