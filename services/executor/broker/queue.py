"""Describes the items of the RQ queues, one per chunk, and reads the queues.

Decides what an item contains and which queue it is in; ``enqueuer`` puts it there, and ``turns`` decides which one a
worker takes next. The id of an item contains the number of its units: ``<execution>_<chunk>_<units>``. Results do not
come back through RQ, but through a stream (``docs/design/0002-chunks-and-streams.md``). The methods of ``WorkQueue``
block on Redis: the API calls them from a thread.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from redis import Redis
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.utils import utcparse

from clients.contract import Limits, OnTimeout, Priority, State
from services.executor.broker import redis_keys, turns
from services.executor.planning.flows import Flow
from services.executor.planning.plan import Chunk
from services.executor.sandbox import Rules


@dataclass(frozen=True, slots=True)
class Item:
    """A queue item that is not enqueued yet."""

    id: str
    payload: dict[str, Any]
    at_front: bool = False

    def count_chars(self) -> int:
        """Return the length of its programs together."""
        return sum(len(source) for _number, _kind, source, _key in self.payload["units"])


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """Where the chunks of one execution wait: in which queue, and whose turn it needs."""

    environment: str
    priority: Priority
    flow: Flow

    @property
    def queue_name(self) -> str:
        """RQ's name of the queue."""
        return redis_keys.queue(self.environment, self.priority)


@dataclass(frozen=True, slots=True)
class SuiteText:
    """The JSON of a suite, as workers fetch it."""

    key: str
    text: str


def item_id(execution: str, chunk_number: int, units: int) -> str:
    """Return the id of the item that carries a chunk."""
    return f"{execution}_{chunk_number}_{units}"


def units_of(item: str) -> int:
    """Return how many units the item with this id carries; 1 for an item that is not ours."""
    tail = item.rpartition("_")[2]
    return int(tail) if tail.isdigit() else 1


def payload_of(
    execution: str,
    chunk_number: int,
    chunk: Chunk,
    *,
    suite_key: str,
    invalid: dict[int, str],
    environment: str,
    flow: Flow,
    cache_ttl_s: int,
    left_s: float,
) -> dict[str, Any]:
    """Return what a worker needs to judge a chunk.

    ``cache_ttl_s`` is how long its records are cached, 0 for not at all; ``left_s`` is the time to the deadline, after
    which the results are not needed.
    """
    rules = chunk.units[0].rules
    return {
        "execution": execution,
        "chunk": chunk_number,
        "flow": str(flow),
        "suite": suite_key,
        "invalid": [[position, reason] for position, reason in sorted(invalid.items())],
        "environment": environment,
        "limits": rules.limits.model_dump(),
        "state": rules.state,
        "on_timeout": rules.on_timeout,
        "values": rules.values,
        "is_last": chunk.is_last,
        "units": [[unit.number, unit.source_kind, unit.source, unit.key] for unit in chunk.units],
        "cache_ttl_s": cache_ttl_s,
        "left_s": left_s,
        "takes_back": True,  # units that are not begun; owners of earlier releases do not
    }


def rules_of(payload: dict[str, Any]) -> Rules:
    """Return the rules in a payload."""
    return Rules(
        Limits(**payload["limits"]),
        State(payload["state"]),
        OnTimeout(payload["on_timeout"]),
        values=payload["values"],
    )


class WorkQueue:
    """The queues of every environment: one for each priority."""

    def __init__(self, redis: Redis, environments: Iterable[str]) -> None:
        self._redis = redis
        self._environments = list(environments)
        self._queues = {
            redis_keys.queue(name, priority): Queue(
                redis_keys.queue(name, priority), connection=redis, serializer=JSONSerializer
            )
            for name in self._environments
            for priority in Priority
        }

    def names(self, environment: str) -> list[str]:
        """Return RQ's names of the queues of an environment."""
        return [redis_keys.queue(environment, priority) for priority in Priority]

    def lists(self, environment: str) -> list[str]:
        """Return the Redis keys of the lists that hold the ids of items that no worker has taken yet."""
        return [self._queues[redis_keys.queue(environment, priority)].key for priority in Priority]

    def depth(self, environment: str) -> int:
        """Return how many units wait in the queues of an environment; equal candidates of a request are one unit."""
        return self._depth(self.lists(environment))

    def depths(self) -> dict[str, float]:
        """Return the depth of every environment's queues."""
        return {name: self.depth(name) for name in self._environments}

    def ages_s(self) -> dict[str, float]:
        """Return how long the oldest chunk of every environment has waited; 0 if none waits."""
        return {name: self._age_s(self.lists(name)) for name in self._environments}

    def depths_of_priorities(self) -> dict[str, float]:
        """Return how many units of each priority wait, in all environments."""
        return {priority: float(self._depth(self._lists_of(priority))) for priority in Priority}

    def ages_of_priorities_s(self) -> dict[str, float]:
        """Return how long the oldest chunk of each priority has waited; 0 if none waits."""
        return {priority: self._age_s(self._lists_of(priority)) for priority in Priority}

    def _lists_of(self, priority: Priority) -> list[str]:
        return [self._queues[redis_keys.queue(name, priority)].key for name in self._environments]

    def _depth(self, lists: Iterable[str]) -> int:
        with self._redis.pipeline(transaction=False) as pipe:
            for name in lists:
                pipe.lrange(name, 0, -1)
            return sum(units_of(item.decode()) for items in pipe.execute() for item in items)

    def _age_s(self, lists: Iterable[str]) -> float:
        """Return how long the oldest item of some lists has waited, by the clock of Redis."""
        lists = list(lists)
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.time()
            for name in lists:
                pipe.lindex(name, 0)  # the next one, usually the oldest
                pipe.lindex(name, -1)  # which is here if chunks of lost workers were put before it
            (now_s, _), *items = pipe.execute()
            for name, item in zip((name for name in lists for _ in range(2)), items, strict=True):
                if item is not None:
                    turns.read_arrival(pipe, name, item)
                    pipe.hget(Job.key_for(item.decode()), "enqueued_at")
            values = iter(pipe.execute())
        arrivals = [
            _arrived_at(entry, enqueued_at) for entry, enqueued_at in zip(values, values, strict=True)
        ]
        return max([now_s - arrived_at for arrived_at in arrivals if arrived_at is not None], default=0.0)

    def worker_counts(self) -> dict[str, float]:
        """Return how many workers that take work of each environment have a heartbeat."""
        counts = {}
        for environment in self._environments:
            names: Any = self._redis.smembers(redis_keys.workers(environment))
            keys = [redis_keys.worker(name.decode()) for name in sorted(names)]
            counts[environment] = float(self._redis.exists(*keys) if keys else 0)
        return counts

    def count_by_flow(self, environment: str) -> dict[Flow, int]:
        """Return how many units of each flow wait in the queues of an environment."""
        counts: Counter[Flow] = Counter()
        for items in turns.read_waiting(self._redis, self.names(environment)).values():
            for waiting in items:
                counts[waiting.flow] += units_of(waiting.item)
        return dict(counts)

    def depth_of_callers(self) -> dict[str, float]:
        """Return how many units of each caller wait. A caller is the name of a key: there are few."""
        return self._of_callers(lambda items: float(sum(units_of(waiting.item) for waiting in items)))

    def ages_of_callers_s(self) -> dict[str, float]:
        """Return how long the oldest chunk of each caller has waited."""
        return self._of_callers(lambda items: max(waiting.age_s for waiting in items))

    def runs_of_callers(self) -> dict[str, float]:
        """Return how many runs of each caller wait."""
        return self._of_callers(lambda items: float(len({waiting.flow.run for waiting in items})))

    def _of_callers(self, measure: Callable[[list[turns.WaitingItem]], float]) -> dict[str, float]:
        names = [name for environment in self._environments for name in self.names(environment)]
        by_caller: dict[str, list[turns.WaitingItem]] = {}
        for items in turns.read_waiting(self._redis, names).values():
            for waiting in items:
                by_caller.setdefault(waiting.flow.caller, []).append(waiting)
        return {caller: measure(items) for caller, items in sorted(by_caller.items())}

    def remove(self, place: QueuePlace, items: Sequence[str]) -> None:
        """Remove those of the items that still wait; items that a worker has taken stay."""
        queue = self._queues[place.queue_name]
        with self._redis.pipeline(transaction=False) as pipe:
            for item in items:
                queue.remove(item, pipeline=pipe)
            removed = pipe.execute()
            turns.remove(pipe, place.queue_name, place.flow, items)
            for item, was_waiting in zip(items, removed, strict=True):
                if was_waiting:
                    pipe.delete(queue.job_class.key_for(item))
            pipe.execute()


def _arrived_at(entry: bytes | None, enqueued_at: bytes | None) -> float | None:
    """Return when an item arrived, in seconds since 1970; ``None`` if it is gone.

    An item that waits for its turn has an ``entry`` with the time of Redis. A chunk of a lost worker has none: its time
    is that of the API process which sent it again.
    """
    if entry is not None:
        return turns.parse_arrival(entry)
    return utcparse(enqueued_at.decode()).timestamp() if enqueued_at is not None else None
