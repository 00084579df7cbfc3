"""Puts chunks into the RQ queues: one item per chunk, as JSON.

Decides what an item contains and which queue it is in. The id of an item contains the number of its units:
``<execution>_<chunk>_<units>``. Results do not come back through RQ, but through a stream
(``docs/design/0002-chunks-and-streams.md``). The API process puts items, and RQ's code in the worker takes
them. The methods of ``WorkQueue`` block on Redis: the API calls them from a thread.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from redis import Redis
from rq import Queue
from rq.job import Job
from rq.queue import EnqueueData
from rq.serializers import JSONSerializer
from rq.utils import utcparse

from clients.contract import Limits, OnTimeout, Priority, State
from services.executor.broker import redis_keys
from services.executor.planning.plan import Chunk
from services.executor.sandbox import Rules

JUDGE = "services.executor.worker.rq_entry.judge_chunk"
"""The function that an item names. Our workers do not look at it; any other RQ worker would import and call it."""
FAILURE_TTL_S = 60
"""How long RQ keeps an item that failed, for a person who investigates; the executor does not read it."""


@dataclass(frozen=True, slots=True)
class Item:
    """A queue item that is not enqueued yet."""

    id: str
    payload: dict[str, Any]
    at_front: bool = False


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
        "suite": suite_key,
        "invalid": [[position, reason] for position, reason in sorted(invalid.items())],
        "environment": environment,
        "limits": rules.limits.model_dump(),
        "state": rules.state,
        "on_timeout": rules.on_timeout,
        "values": rules.values,
        "units": [[unit.number, unit.source_kind, unit.source, unit.key] for unit in chunk.units],
        "cache_ttl_s": cache_ttl_s,
        "left_s": left_s,
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

    def put(
        self,
        environment: str,
        priority: Priority,
        items: Sequence[Item],
        suites: Sequence[SuiteText],
        ttl_s: int,
    ) -> None:
        """Enqueue items and the suites they name, in one round trip; all expire after ``ttl_s``."""
        queue = self._queues[redis_keys.queue(environment, priority)]
        with self._redis.pipeline() as pipe:
            for suite in suites:
                pipe.set(redis_keys.suite(suite.key), suite.text, ex=ttl_s)
            queue.enqueue_many([_prepared(item, ttl_s) for item in items], pipeline=pipe)
            pipe.execute()

    def lists(self, environment: str) -> list[str]:
        """Return the Redis keys of the lists that hold the ids of items that no worker has taken yet."""
        return [self._queues[redis_keys.queue(environment, priority)].key for priority in Priority]

    def depth(self, environment: str) -> int:
        """Return how many units wait in the queues of an environment; equal candidates of a request are one unit."""
        with self._redis.pipeline(transaction=False) as pipe:
            for name in self.lists(environment):
                pipe.lrange(name, 0, -1)
            return sum(units_of(item.decode()) for items in pipe.execute() for item in items)

    def depths(self) -> dict[str, float]:
        """Return the depth of every environment's queues."""
        return {name: self.depth(name) for name in self._environments}

    def ages_s(self) -> dict[str, float]:
        """Return how long the oldest chunk of every environment has waited; 0 if none waits."""
        return {name: self._age_s(name) for name in self._environments}

    def _age_s(self, environment: str) -> float:
        with self._redis.pipeline(transaction=False) as pipe:
            for name in self.lists(environment):
                pipe.lindex(name, 0)  # the next one, usually the oldest
                pipe.lindex(name, -1)  # which is here if chunks of lost workers were put before it
            items = {item.decode() for item in pipe.execute() if item is not None}
            for item in items:
                pipe.hget(Job.key_for(item), "enqueued_at")
            times = [utcparse(value.decode()) for value in pipe.execute() if value is not None]
        return max((datetime.now(UTC) - min(times)).total_seconds(), 0.0) if times else 0.0

    def worker_counts(self) -> dict[str, float]:
        """Return how many workers that take work of each environment have a heartbeat."""
        counts = {}
        for environment in self._environments:
            names: Any = self._redis.smembers(redis_keys.workers(environment))
            keys = [redis_keys.worker(name.decode()) for name in sorted(names)]
            counts[environment] = float(self._redis.exists(*keys) if keys else 0)
        return counts

    def remove(self, environment: str, priority: Priority, items: Sequence[str]) -> None:
        """Remove those of the items that still wait; items that a worker has taken stay."""
        queue = self._queues[redis_keys.queue(environment, priority)]
        with self._redis.pipeline(transaction=False) as pipe:
            for item in items:
                queue.remove(item, pipeline=pipe)
            removed = pipe.execute()
            for item, was_waiting in zip(items, removed, strict=True):
                if was_waiting:
                    pipe.delete(queue.job_class.key_for(item))
            pipe.execute()


def _prepared(item: Item, ttl_s: int) -> EnqueueData:
    return Queue.prepare_data(
        JUDGE,
        args=(item.payload,),
        job_id=item.id,
        description="chunk",  # RQ's default would be the repr of all programs
        timeout=-1,  # the sandbox enforces the limits; RQ's alarm does not work in threads
        result_ttl=0,
        failure_ttl=FAILURE_TTL_S,
        ttl=ttl_s,
        at_front=item.at_front,
    )
