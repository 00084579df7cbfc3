"""Decides in Redis which waiting chunk a worker takes next, so that all flows get equal shares of the workers.

Callers that wait take turns, and so do the runs of one caller (``planning.flows``). The decision is made when a worker
takes a chunk, by one script. So it holds for any number of API processes and workers, and nothing has to be moved when
a flow begins, ends or is cancelled.

RQ's list stays the truth about what waits: it has the id of every waiting item, in the order of arrival. What is here
only chooses among them. An item that is in the list alone is taken first: a chunk of a lost worker, which goes before
all others. If the keys of this module are lost, the queue is first in, first out.

Under ``<queue>:turns`` are:

- ``:callers``: sorted set of the callers that wait, by the worker time that they were given so far. The lowest is next.
- ``:runs:<caller>``: the same for the runs of one caller.
- ``:items:<caller> <run>``: list of the items of one flow, oldest first. Cancelled items stay in it until it is their
  turn.
- ``:waiting``: hash of item → the second it arrived, and its flow.
- ``:units``: hash of flow → how many units its items in ``:waiting`` carry. The size of further chunks depends on it
  (``broker/backlog.py``), no turn does. A count that is wrong is dropped when its flow does not wait any more.
- ``:price:<caller> <run>``: worker seconds of one candidate in the latest chunk of a flow. A flow of slow programs so
  gets as much time as one of fast programs, not as many candidates.

A flow that begins to wait starts at the lowest number: it is served at once, and has no credit for the time before.

Interactive work goes before bulk work, up to a *lead*: the worker time that it was given while bulk work waited, less
the worker time of bulk work since. At ``MOST_LEAD_S`` bulk work is next. So a flow that has a few small requests in
progress all the time leaves half of the workers to the bulk work of others, and people do not notice. The lead is one
key for all queues: a worker serves several environments. With the largest lead 2 s, interactive chunks (``i``) that
cost 1 s each, and a bulk chunk (``B``) that costs 3 s::

    lead     0 1 2       0 1 2       0
    taken    i i B i i B i i B …            after B the lead is 0: it is never negative

Not promised: that a chunk which a worker has begun makes room for others. ``EXECUTOR_MAX_CHUNK`` bounds its length.
"""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from types import MappingProxyType
from typing import Any

from redis import Redis
from redis.asyncio.client import Pipeline as AsyncPipeline
from redis.client import Pipeline
from rq import Queue
from rq.job import Job

from clients.contract import Priority
from services.executor.broker import redis_keys
from services.executor.broker.turn_scripts import FETCH, REMOVE, TAKE
from services.executor.planning.flows import Flow

FIRST_PRICE_S = 0.01
"""Price of a candidate of a flow that none is known of: what a usual program with its tests takes."""
LEAST_PRICE_S = 0.002
"""The lowest price: a candidate that was answered sooner was not judged (no code, cancelled)."""
PRICE_TTL_S = 3600
"""How long the price of a flow, and the lead, are remembered."""
MOST_LEAD_S = 10.0
"""Worker seconds by which interactive work may be ahead of bulk work that waits: sixty small requests of usual speed,
or one of 16 programs that are slow. Its users wait for one more bulk chunk each time that it is reached."""


@dataclass(frozen=True, slots=True)
class WaitingItem:
    """A queue item that no worker has taken."""

    item: str
    flow: Flow
    age_s: float
    """Seconds since it arrived, by the clock of Redis."""


class FairQueue(Queue):
    """RQ's queue, from which workers take items in the order of turns instead of the order of arrival."""

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - those of RQ's queue
        super().__init__(*args, **options)
        self.new_prices: dict[str, str] = {}
        """Prices that Redis does not have yet, by their keys."""

    def note_price(self, flow: str, units: int, worker_s: float) -> None:
        """Note how long a worker was busy with a chunk of so many units; Redis gets it when the next item is taken."""
        key, price = price_of(self.name, flow, units, worker_s)
        self.new_prices[key] = price

    @classmethod
    def dequeue_any(
        cls,
        queues: Iterable["FairQueue"],  # type: ignore[override]  # a worker of ours has no others
        timeout: int | None,
        connection: Redis,
        job_class: type[Job] | None = None,
        serializer: Any = None,  # noqa: ANN401 - RQ's serializers have no common class
        death_penalty_class: object = None,  # noqa: ARG003 - RQ passes it
    ) -> tuple[Job, Queue] | None:
        """Take the next item, as RQ's job, and the queue that it waited in. Passes over an item whose job has expired.

        Waits up to ``timeout`` seconds for an item. RQ's own way needs one more round trip, for the job.
        """
        queue_of = {queue.key: queue for queue in queues}
        prices: dict[str, str] = {}
        for queue in queue_of.values():
            prices |= queue.new_prices
            queue.new_prices = {}
        while taken := cls.take(list(queue_of), timeout, connection, prices):
            queue_key, item, data = taken
            if data is not None:
                job = (job_class or Job)(item.decode(), connection=connection, serializer=serializer)
                try:
                    job.data = zlib.decompress(data)
                except zlib.error:  # not our item; RQ, too, reads data that is not compressed
                    job.data = data
                return job, queue_of[queue_key.decode()]
        return None

    @classmethod
    def take(
        cls,
        queue_keys: Sequence[str],
        timeout: int | None,
        connection: Redis,
        prices: Mapping[str, str] = MappingProxyType({}),
    ) -> tuple[bytes, bytes, bytes | None] | None:
        """Take the next item of the first of these queues that has one; wait for it up to ``timeout`` seconds.

        Those of interactive work are the first ones, up to their lead. ``prices`` are stored before, by their keys.

        Returns the key of its queue, its id, and the data of its job, which Redis has no longer; ``None`` in place of
        the data if the job has expired. Queues that are all empty are waited for as RQ does it: then the item that
        comes is the only one.
        """
        keys = [key for queue_key in queue_keys for key in (queue_key, turns_key(queue_key))]
        interactive = sum(redis_keys.priority_of(key) == Priority.INTERACTIVE for key in queue_keys)
        args: list[str | float] = [
            FIRST_PRICE_S,
            Job.redis_job_namespace_prefix,
            PRICE_TTL_S,
            interactive,
            MOST_LEAD_S,
            *chain.from_iterable(prices.items()),
        ]
        taken: Any = connection.register_script(TAKE)(keys=[redis_keys.LEAD, *keys], args=args)
        if taken:
            return taken[0], taken[1], taken[2]
        popped: Any = cls.lpop(queue_keys, timeout, connection)
        if popped is None:
            return None
        queue_key, item = popped
        return queue_key, item, fetch(connection, queue_key.decode(), item.decode())


def turns_key(queue_key: str) -> str:
    """Return the prefix of the keys of this module for the queue that RQ has under ``queue_key``."""
    return redis_keys.turns(queue_key.removeprefix(Queue.redis_queue_namespace_prefix))


def fetch(redis: Redis, queue_key: str, item: str) -> bytes | None:
    """Forget an item that a worker took out of RQ's list while it waited for work.

    Returns the data of its job, which Redis has no longer.
    """
    keys = [turns_key(queue_key), Job.key_for(item)]
    data: Any = redis.register_script(FETCH)(keys=keys, args=[item])
    return None if data is None else bytes(data)


def remove(pipe: Pipeline, queue_name: str, flow: Flow, items: Sequence[str]) -> None:
    """Forget items of a flow that are taken out of the queue."""
    if items:
        pipe.eval(REMOVE, 1, redis_keys.turns(queue_name), str(flow), *items)


def price_of(queue_name: str, flow: str, units: int, worker_s: float) -> tuple[str, str]:
    """Return the price of a flow, after its key, if a worker was so long busy with a chunk of so many units."""
    price_s = max(worker_s / max(units, 1), LEAST_PRICE_S)
    return f"{redis_keys.turns(queue_name)}:price:{flow}", f"{price_s:.6f}"


def read_price(pipe: Pipeline | AsyncPipeline, queue_name: str, flow: Flow) -> None:
    """Read how many worker seconds a unit of a flow took lately; the reply is ``None`` if it is not known."""
    pipe.get(f"{redis_keys.turns(queue_name)}:price:{flow}")


def read_units(pipe: Pipeline | AsyncPipeline, queue_name: str) -> None:
    """Read how many units of each flow wait in a queue; ``parse_units`` reads the reply.

    Left out are the chunks of lost workers, which are sent again before all others.
    """
    pipe.hgetall(f"{redis_keys.turns(queue_name)}:units")


def parse_units(table: Mapping[bytes, bytes]) -> dict[Flow, int]:
    """Return the number of units by flow."""
    return {Flow.parse(flow.decode()): max(int(units), 0) for flow, units in table.items()}


def read_arrival(pipe: Pipeline, queue_key: str, item: bytes) -> None:
    """Read when an item arrived, by the clock of Redis; ``parse_arrival`` reads the reply, unless it is ``None``."""
    pipe.hget(f"{turns_key(queue_key)}:waiting", item.decode())


def parse_arrival(entry: bytes) -> int:
    """Return when an item arrived, in seconds since 1970."""
    return int(entry.partition(b" ")[0])


def read_waiting(redis: Redis, queue_names: Iterable[str]) -> dict[str, list[WaitingItem]]:
    """Return by queue the items that wait in it, without those of lost workers, in no order."""
    names = list(queue_names)
    with redis.pipeline(transaction=False) as pipe:
        pipe.time()
        for name in names:
            pipe.hgetall(f"{redis_keys.turns(name)}:waiting")
        (now_s, _), *tables = pipe.execute()
    parse = partial(_waiting_item, now_s=now_s)
    return {
        name: [parse(item, entry) for item, entry in table.items()]
        for name, table in zip(names, tables, strict=True)
    }


def _waiting_item(item: bytes, entry: bytes, *, now_s: int) -> WaitingItem:
    flow = entry.decode().partition(" ")[2]
    return WaitingItem(item.decode(), Flow.parse(flow), float(max(now_s - parse_arrival(entry), 0)))
