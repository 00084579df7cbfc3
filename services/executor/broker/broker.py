"""Shares Redis, the queue, the cache and the metrics among the executions of one API process.

Decides how Redis is used: connections, time-outs, retries in the background. Which commands are sent when is decided
by each execution. What is in Redis: ``docs/design/0002-chunks-and-streams.md`` and ``redis_keys``.
"""

import asyncio
import json
import math
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from typing import Any

import structlog
from prometheus_client import CollectorRegistry
from redis import Redis, RedisError
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

from clients.contract import IsolationProfile
from services.executor.broker import redis_keys
from services.executor.broker.admission import Admission
from services.executor.broker.backlog import BacklogReader
from services.executor.broker.cache import Cache, evict_some
from services.executor.broker.ended_keys import EndedKeys
from services.executor.broker.enqueuer import Enqueuer
from services.executor.broker.kept_executions import KeptExecutions
from services.executor.broker.outage import retry
from services.executor.broker.queue import WorkQueue
from services.executor.broker.runs import RunEntry, RunRegistry, write_entry
from services.executor.metrics import Metrics, RedisGauge
from services.executor.planning.lost_chunks import QueueSnapshot, WorkerBeat
from services.executor.planning.priorities import Priorities
from services.executor.sandbox.profiles import weakest
from services.executor.settings import ExecutorSettings

CONNECT_S = 1
"""Redis is near: if it does not accept a connection within this time, it is away."""
READ_S = 10
"""Longest silence on a connection; above the longest blocking read, ``settings.BEAT_S``."""
COUNT_AGAIN_S = 2
"""How long a count of the workers is used for cutting chunks before they are counted again."""
ENTRIES_PER_READ = 1000
"""Bounds what one reply of Redis brings into memory; the next read, at once, brings more."""
CANCEL_AGAIN_S = 0.1
"""A cancelled task ends within moments; one that lost its cancellation is cancelled again after this."""
CHORE_S = 30
"""How long a background chore waits for a Redis that is away: the keys that it would have removed expire anyway."""
JOBS_S = 3
"""How long the process waits for its jobs when it ends: with ``app.STOP_S`` less than ten, when it may be killed."""
CHORES_S = 5
"""How long the process waits for its background chores when it ends."""
MAX_CONNECTIONS = 10_000
"""Every execution in progress waits on a connection of its own: as many as Redis accepts by default."""


class Broker:
    """Shared by all executions of a process; lives in its event loop."""

    def __init__(self, settings: ExecutorSettings, registry: CollectorRegistry) -> None:
        self.settings = settings
        self.metrics = Metrics(registry)
        options: dict[str, Any] = {
            "socket_connect_timeout": CONNECT_S,
            "socket_timeout": READ_S,
            "max_connections": MAX_CONNECTIONS,
        }
        self.redis = AsyncRedis.from_url(settings.redis_url, **options, retry=AsyncRetry(NoBackoff(), 1))
        self._blocking = Redis.from_url(settings.redis_url, **options, retry=Retry(NoBackoff(), 1))
        self.cache = Cache(self.redis)
        self.backlogs = BacklogReader(self.redis)
        self.runs = RunRegistry(self.redis)
        self.kept = KeptExecutions(
            self.redis, most=settings.kept_executions, ttl_s=settings.kept_executions_s
        )
        self.priorities = Priorities()
        self.queue = WorkQueue(self._blocking, settings.environments)
        self.enqueuer = Enqueuer(self.redis)
        self.ended = EndedKeys(self.redis, lambda work: _start_task(work, self._chores))
        self.admission = Admission(self.redis, self.queue, self.metrics, settings.max_queued_candidates)
        _register_gauges(registry, self.queue)
        self._worker_counts: dict[str, tuple[float, int]] = {}
        """Environment → when its workers were counted, and how many there were."""
        self._jobs: set[asyncio.Task[None]] = set()
        self._chores: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """Let jobs end that soon do, cancel the others, finish background chores, and disconnect.

        A cancelled job is marked as ended by the next request about it.
        """
        patience_s: float = JOBS_S
        while self._jobs:  # repeatedly: redis-py may swallow a cancellation
            await asyncio.wait(list(self._jobs), timeout=patience_s)
            patience_s = CANCEL_AGAIN_S
            for job in self._jobs:
                job.cancel()
        if self._chores:
            await asyncio.wait(list(self._chores), timeout=CHORES_S)
        for chore in self._chores:
            chore.cancel()
        await self.redis.aclose()
        await asyncio.to_thread(self._blocking.close)

    def run_job(self, job: Coroutine[Any, Any, None]) -> None:
        """Run an asynchronous job: it may take long and belongs to no connection. It ends with the process."""
        _start_task(job, self._jobs)

    def run_in_background(self, chore: Callable[[], Awaitable[None]]) -> None:
        """Run a chore that no caller waits for; repeat it while Redis is away, for at most ``CHORE_S``."""
        _start_task(retry(chore, CHORE_S), self._chores)

    async def evict_some(self) -> None:
        """Remove some cached records from a Redis that is full; does nothing if Redis is away."""
        with suppress(RedisError):
            await asyncio.to_thread(evict_some, self._blocking)

    # -- the keys of one execution -------------------------------------------------------------------

    async def read(
        self, stream: str, last_entry: bytes, block_s: float
    ) -> list[tuple[bytes, Mapping[bytes, bytes]]]:
        """Return the entries of a stream after ``last_entry``; waits up to ``block_s`` for the first of them."""
        reply: Any = await self.redis.xread(
            {stream: last_entry}, count=ENTRIES_PER_READ, block=max(int(block_s * 1000), 1)
        )
        if not reply:
            return []
        # A mapping or a list of pairs, depending on the version of the protocol.
        entries = next(iter(reply.values()))[0] if isinstance(reply, dict) else reply[0][1]
        return list(entries)

    async def read_snapshot(self, execution: str, environment: str) -> QueueSnapshot:
        """Read where the chunks of an execution are, and which of the workers that took them have a heartbeat."""
        queued = set(await self._queued_items(environment))
        # After the queue: an item that has left it is in here.
        taken: Any = await self.redis.hgetall(redis_keys.taken(execution))
        worker_of = {int(chunk): name.decode() for chunk, name in taken.items()}
        names = sorted(set(worker_of.values()))
        kinds = (redis_keys.worker, redis_keys.begun, redis_keys.open_chunks)
        keys = [key_of(name) for key_of in kinds for name in names]
        values: Any = await self.redis.mget(keys) if keys else []
        heartbeats, begun, open_chunks = (values[len(names) * n : len(names) * (n + 1)] for n in range(3))
        live = {name for name, heartbeat in zip(names, heartbeats, strict=True) if heartbeat is not None}
        last_begun = {
            name: int(chunk)
            for name, value in zip(names, begun, strict=True)
            if value is not None
            for owner, _, chunk in [value.decode().rpartition(":")]
            if owner == execution
        }
        beats = {
            name: _beat_of(value, execution)
            for name, value in zip(names, open_chunks, strict=True)
            if value is not None
        }
        return QueueSnapshot(worker_of, queued, live, last_begun, beats)

    async def _queued_items(self, environment: str) -> list[str]:
        async with self.redis.pipeline(transaction=False) as pipe:
            for name in self.queue.lists(environment):
                pipe.lrange(name, 0, -1)
            lists: Any = await pipe.execute()
        return [item.decode() for items in lists for item in items]

    async def renew_owner(self, caller: str, entry: RunEntry) -> None:
        """Renew the entry of an execution, and the key that shows that it is alive: without it, its claims may be taken
        over.
        """
        async with self.redis.pipeline() as pipe:
            write_entry(pipe, caller, entry)
            await pipe.execute()

    async def cancel(self, execution: str, ttl_s: int) -> None:
        """Make workers drop what is left of an execution; ``ttl_s`` is how long the mark stays in Redis."""
        await self.redis.set(redis_keys.cancelled(execution), 1, ex=ttl_s)

    # -- workers -------------------------------------------------------------------------------------

    async def count_workers(self, environment: str) -> int:
        """Return the number of workers that serve an environment; may be up to ``COUNT_AGAIN_S`` old."""
        counted_at, count = self._worker_counts.get(environment, (-math.inf, 0))
        if time.monotonic() - counted_at < COUNT_AGAIN_S:
            return count
        members: Any = await self.redis.smembers(redis_keys.workers(environment))
        names = sorted(members)
        keys = [redis_keys.worker(name.decode()) for name in names]
        heartbeats = await self.redis.mget(keys) if keys else []
        gone = [name for name, heartbeat in zip(names, heartbeats, strict=True) if heartbeat is None]
        if gone:
            await self.redis.srem(redis_keys.workers(environment), *gone)
        count = len(names) - len(gone)
        self._worker_counts[environment] = (time.monotonic(), count)
        return count

    async def weakest_profile(self, environment: str) -> IsolationProfile | None:
        """Return the weakest isolation profile of the workers that serve an environment now.

        ``None``: no worker does, or each is of a version that does not publish its profile.
        """
        members: Any = await self.redis.smembers(redis_keys.workers(environment))
        keys = [redis_keys.worker_profile(name.decode()) for name in sorted(members)]
        values: Any = await self.redis.mget(keys) if keys else []
        known = {profile.value.encode(): profile for profile in IsolationProfile}
        return weakest(known[value] for value in values if value in known)

    async def describe_missing_workers(self, environment: str) -> str:
        """Return a sentence on an environment that no worker of this version serves, and what to do."""
        count_of = await self._count_other_versions(environment)
        if not count_of:
            return f"no worker serves {environment}; start one with 'acecoder worker'"
        others = ", ".join(f"{count} of version {version}" for version, count in sorted(count_of.items()))
        return (
            f"no worker of version {redis_keys.VERSION} serves {environment}, but there are {others}, which judge only "
            "for API processes of their version; start workers of the version of this process, or stop it"
        )

    async def _count_other_versions(self, environment: str) -> dict[str, int]:
        """Return how many workers of each other version serve an environment, for those that have any."""
        count_of: dict[str, int] = {}
        versions: Any = await self.redis.smembers(redis_keys.VERSIONS)
        for version in {version.decode() for version in versions} - {redis_keys.VERSION}:
            names: Any = await self.redis.smembers(redis_keys.workers(environment, version))
            keys = [redis_keys.worker(name.decode()) for name in names]
            if count := int(await self.redis.exists(*keys)) if keys else 0:
                count_of[version] = count
        return count_of


def _beat_of(value: bytes, execution: str) -> WorkerBeat:
    """Return what a heartbeat says about an execution (``worker.heartbeat``)."""
    fields = json.loads(value)
    parts = [name.rpartition(":") for name in fields["chunks"]]
    return WorkerBeat(fields["beat"], {int(chunk) for owner, _, chunk in parts if owner == execution})


def _start_task(work: Coroutine[Any, Any, None], tasks: set[asyncio.Task[None]]) -> None:
    async def log_failure() -> None:
        try:
            await work
        except (RedisError, OSError) as exc:  # what it would have cleaned up in Redis expires by itself
            structlog.get_logger().warning(
                "background work given up: Redis does not answer, or refuses it",
                error=str(exc),
            )

    task = asyncio.get_running_loop().create_task(log_failure())
    tasks.add(task)  # the event loop itself keeps only weak references
    task.add_done_callback(tasks.discard)


def _register_gauges(registry: CollectorRegistry, queue: WorkQueue) -> None:
    """Show what is in Redis; every API process shows the same numbers."""
    depth, age = "Candidates waiting", "Age of the oldest chunk that waits"
    age_by_priority, waiting = f"{age}, by priority", "Runs of each key that wait"
    ages_by_priority = queue.ages_of_priorities_s
    for name, text, read, label in (
        ("executor_queue_depth", depth, queue.depths, "environment"),
        ("executor_queue_age_seconds", age, queue.ages_s, "environment"),
        ("executor_priority_queue_depth", f"{depth}, by priority", queue.depths_of_priorities, "priority"),
        ("executor_priority_queue_age_seconds", age_by_priority, ages_by_priority, "priority"),
        ("executor_workers", "Workers with a heartbeat", queue.worker_counts, "environment"),
        ("executor_caller_queue_depth", f"{depth}, by key", queue.depth_of_callers, "caller"),
        ("executor_caller_queue_age_seconds", f"{age}, by key", queue.ages_of_callers_s, "caller"),
        ("executor_runs_waiting", waiting, queue.runs_of_callers, "caller"),
    ):
        registry.register(RedisGauge(name, text, read, label))
