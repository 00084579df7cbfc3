"""Counts what waits before a request that is about to be sent, so that its chunks get the right size.

Redis keeps the number of waiting units of each flow (``turns``), so one round trip reads it, however long the queue
is. Requests that this API process is sending at the moment are in no queue yet: they announce themselves. So of 16
requests that arrive together only the first one sees an idle stack.

Not promised: that requests which reach several API processes at the same moment see each other. The numbers decide how
large chunks are, and no outcome.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from redis import RedisError
from redis.asyncio import Redis as AsyncRedis

from clients.contract import Priority
from services.executor.broker import redis_keys, turns
from services.executor.broker.queue import QueuePlace
from services.executor.planning.flows import Flow, count_before
from services.executor.planning.plan import NO_BACKLOG, Backlog


class BacklogReader:
    """Shared by all executions of a process; lives in its event loop."""

    def __init__(self, redis: AsyncRedis) -> None:
        self._redis = redis
        self._announced: Counter[QueuePlace] = Counter()

    @contextmanager
    def announce(self, place: QueuePlace, units: int) -> Iterator[Mapping[QueuePlace, int]]:
        """Let other requests count units that are being sent; yields those that were announced before."""
        earlier = self._announced.copy()
        self._announced[place] += units
        try:
            yield earlier
        finally:
            self._announced[place] -= units
            if not self._announced[place]:
                del self._announced[place]

    async def read(self, place: QueuePlace, units: int, earlier: Mapping[QueuePlace, int]) -> Backlog:
        """Return what waits before ``units`` more at a place, with the announced units ``earlier``.

        If Redis does not answer, nothing is known of a backlog: the chunks are cut as for an idle stack.
        """
        priorities = list(Priority)[: list(Priority).index(place.priority) + 1]
        try:
            async with self._redis.pipeline(transaction=False) as pipe:
                turns.read_price(pipe, place.queue_name, place.flow)
                for priority in priorities:
                    turns.read_units(pipe, redis_keys.queue(place.environment, priority))
                reply: Any = await pipe.execute()
        except (RedisError, OSError):
            return NO_BACKLOG
        price, *tables = reply
        waiting = {
            priority: Counter(turns.parse_units(table))
            for priority, table in zip(priorities, tables, strict=True)
        }
        for other, count in earlier.items():
            if other.environment == place.environment and other.priority in waiting:
                waiting[other.priority][other.flow] += count
        return Backlog(_count(waiting, place.priority, place.flow, units), float(price) if price else None)


def _count(waiting: Mapping[Priority, Mapping[Flow, int]], priority: Priority, flow: Flow, units: int) -> int:
    """Return what is judged before the last unit; all that waits in a higher priority is."""
    higher = sum(sum(flows.values()) for other, flows in waiting.items() if other is not priority)
    return higher + count_before(waiting[priority], flow, units)
