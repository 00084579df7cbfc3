"""What an API process shares between its executions: Redis, the queue, the cache.

Decides how Redis is talked to; what is said is the executions' business.
"""

import asyncio
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

from clients.contract import Slug
from services.common.problems import ProblemError
from services.executor.broker import redis_keys
from services.executor.broker.cache import Cache, evict_some
from services.executor.broker.outage import retry
from services.executor.broker.queue import WorkQueue
from services.executor.metrics import Metrics, QueueDepth, retry_after_s
from services.executor.planning.in_flight import QueueSnapshot
from services.executor.settings import OWNER_LOST_S, ExecutorSettings

CONNECT_S = 1
"""Redis is near: one that does not take a connection within this is away."""
READ_S = 10
"""Longest silence on a connection; above the longest blocking read, which is a beat."""
COUNT_AGAIN_S = 2
"""How long a count of the workers is good enough to cut chunks by."""
ENTRIES_PER_READ = 1000
"""Bounds what one answer of Redis brings into memory; the rest comes with the next read, at once."""
CANCEL_AGAIN_S = 0.1
"""A cancelled task ends within moments; one that lost its cancellation is told again after this."""
CHORE_S = 30
"""How long a chore waits for a Redis that is away: what it would have removed expires by itself."""
CHORES_S = 5
"""How long the process waits for its chores when it ends."""
MAX_CONNECTIONS = 10_000
"""Every execution in progress waits on a connection of its own: as many as Redis takes by default."""


class Broker:
    """Shared by all executions of a process; lives in its event loop."""

    def __init__(self, settings: ExecutorSettings, registry: CollectorRegistry) -> None:
        self.settings = settings
        self.metrics = Metrics(registry)
        self.redis = AsyncRedis.from_url(
            settings.redis_url,
            socket_connect_timeout=CONNECT_S,
            socket_timeout=READ_S,
            max_connections=MAX_CONNECTIONS,
            retry=AsyncRetry(NoBackoff(), 1),
        )
        self._blocking = Redis.from_url(
            settings.redis_url,
            socket_connect_timeout=CONNECT_S,
            socket_timeout=READ_S,
            max_connections=MAX_CONNECTIONS,
            retry=Retry(NoBackoff(), 1),
        )
        self.cache = Cache(self.redis)
        self.queue = WorkQueue(self._blocking, settings.environments)
        registry.register(QueueDepth(self.queue.depths))
        self._workers: dict[str, tuple[float, int]] = {}
        self._jobs: set[asyncio.Task[None]] = set()
        self._chores: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """Leave jobs to whoever asks about them next, finish chores and hang up."""
        while self._jobs:  # again and again: redis-py loses a cancellation that meets it at a bad moment
            for job in self._jobs:
                job.cancel()
            await asyncio.wait(list(self._jobs), timeout=CANCEL_AGAIN_S)
        if self._chores:
            await asyncio.wait(list(self._chores), timeout=CHORES_S)
        for chore in self._chores:
            chore.cancel()
        await self.redis.aclose()
        await asyncio.to_thread(self._blocking.close)

    def run_job(self, work: Coroutine[Any, Any, None]) -> None:
        """Run what may take long and belongs to no connection; ends with the process."""
        _keep(work, self._jobs)

    def later(self, chore: Callable[[], Awaitable[None]]) -> None:
        """Do a chore that nobody waits for, again and again while Redis is away, but not for long."""
        _keep(retry(chore, CHORE_S), self._chores)

    async def evict_some(self) -> None:
        """Make room in a Redis that is full, if the cache has some to give."""
        with suppress(RedisError):
            await asyncio.to_thread(evict_some, self._blocking)

    # -- admission -----------------------------------------------------------------------------------

    async def admit(self, environment: str, candidates: int) -> None:
        """Let a request in, unless too much waits already. An empty queue takes anything.

        Raises:
            ProblemError: ``queue-full``, with the time that the queue needs at its recent pace.
        """
        depth = await asyncio.to_thread(self.queue.depth, environment)
        allowed = self.settings.max_queued_candidates
        if depth and depth + candidates > allowed:
            raise ProblemError(
                Slug.QUEUE_FULL,
                f"{depth} candidates wait and {candidates} more would be above {allowed}; come back later.",
                retry_after_s=retry_after_s(depth + candidates - allowed, self.metrics.rate_per_s()),
            )

    # -- one execution's keys ------------------------------------------------------------------------

    async def read(
        self, stream: str, after: bytes, patience_s: float
    ) -> list[tuple[bytes, Mapping[bytes, bytes]]]:
        """Entries of a stream after one, waiting for the first of them."""
        found: Any = await self.redis.xread(
            {stream: after}, count=ENTRIES_PER_READ, block=max(int(patience_s * 1000), 1)
        )
        if not found:
            return []
        entries = next(iter(found.values()))[0] if isinstance(found, dict) else found[0][1]
        return list(entries)

    async def _waiting(self, environment: str) -> list[str]:
        async with self.redis.pipeline(transaction=False) as pipe:
            for name in self.queue.lists(environment):
                pipe.lrange(name, 0, -1)
            found: Any = await pipe.execute()
        return [item.decode() for items in found for item in items]

    async def say_alive(self, execution: str) -> None:
        """Keep an execution's claims."""
        await self.redis.set(redis_keys.owner(execution), 1, ex=OWNER_LOST_S)

    async def look(self, execution: str, environment: str) -> QueueSnapshot:
        """Who took which chunk, which items wait, which of those workers live and what they began last."""
        waiting = set(await self._waiting(environment))
        found: Any = await self.redis.hgetall(
            redis_keys.taken(execution)
        )  # after: what left the queue is in here
        taken = {int(chunk): name.decode() for chunk, name in found.items()}
        names = sorted(set(taken.values()))
        asked = [redis_keys.worker(name) for name in names] + [redis_keys.begun(name) for name in names]
        told: Any = await self.redis.mget(asked) if asked else []
        alive = {name for name, beat in zip(names, told, strict=False) if beat is not None}
        begun = {
            name: int(chunk)
            for name, last in zip(names, told[len(names) :], strict=True)
            if last is not None
            for owner, _, chunk in [last.decode().rpartition(":")]
            if owner == execution
        }
        return QueueSnapshot(taken, waiting, alive, begun)

    async def cancel(self, execution: str, ttl_s: int) -> None:
        """Tell workers that the rest is not wanted."""
        await self.redis.set(redis_keys.cancelled(execution), 1, ex=ttl_s)

    async def forget(self, execution: str) -> None:
        """Drop what belongs to a finished execution."""
        await self.redis.delete(
            redis_keys.owner(execution), redis_keys.results(execution), redis_keys.taken(execution)
        )

    # -- workers -------------------------------------------------------------------------------------

    async def count_workers(self, environment: str) -> int:
        """Workers that serve an environment, as of a moment ago."""
        counted_at, count = self._workers.get(environment, (-math.inf, 0))
        if time.monotonic() - counted_at < COUNT_AGAIN_S:
            return count
        members: Any = await self.redis.smembers(redis_keys.workers(environment))
        names = sorted(members)
        beats = await self.redis.mget([redis_keys.worker(name.decode()) for name in names]) if names else []
        gone = [name for name, beat in zip(names, beats, strict=True) if beat is None]
        if gone:
            await self.redis.srem(redis_keys.workers(environment), *gone)
        count = len(names) - len(gone)
        self._workers[environment] = (time.monotonic(), count)
        return count


def _keep(work: Coroutine[Any, Any, None], tasks: set[asyncio.Task[None]]) -> None:
    async def quietly() -> None:
        try:
            await work
        except (RedisError, OSError) as exc:  # what it would have written is not there to be cleaned up
            structlog.get_logger().warning("left undone, Redis is away", error=str(exc))

    task = asyncio.get_running_loop().create_task(quietly())
    tasks.add(task)  # the loop keeps only weak references
    task.add_done_callback(tasks.discard)
