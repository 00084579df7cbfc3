"""What an API process shares between its executions: Redis, the queue, the cache, the counters.

Decides how Redis is talked to; what is said is the executions' business.
"""

import asyncio
import math
import time
from collections import Counter, deque
from collections.abc import Coroutine, Mapping
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client import Counter as Total
from redis import Redis, RedisError
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

from clients.contract import Slug, Status
from services.executor import keys
from services.executor.cache import Cache
from services.executor.queue import WorkQueue, candidates_of
from services.executor.settings import OWNER_LOST_S, ExecutorSettings
from services.executor.verdicts import Fault, Verdict
from services.kit.problems import ProblemError

CONNECT_S = 1
"""Redis is near: one that does not take a connection within this is away."""
READ_S = 10
"""Longest silence on a connection; above the longest blocking read, which is a beat."""
RATE_WINDOW_S = 10
"""The recent past that ``Retry-After`` is estimated from."""
MAX_RETRY_AFTER_S = 60
COUNT_AGAIN_S = 2
"""How long a count of the workers is good enough to cut chunks by."""
ENTRIES_PER_READ = 1000
CANCEL_AGAIN_S = 0.1


class Metrics:
    """What the executor counts for Prometheus."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.candidates = Total(
            "executor_candidates", "Candidates answered", ["status", "reason"], registry=registry
        )
        self.outcomes = Total("executor_tests", "Tests judged", ["outcome"], registry=registry)
        self.depth = Gauge("executor_queue_depth", "Candidates waiting", ["environment"], registry=registry)
        self.running = Gauge("executor_executions_running", "Executions in progress", registry=registry)


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
        self._recent: deque[tuple[float, int]] = deque()
        self._workers: dict[str, tuple[float, int]] = {}
        self._jobs: set[asyncio.Task[None]] = set()
        self._chores: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """Leave jobs to whoever asks about them next, finish chores and hang up."""
        while self._jobs:  # again and again: redis-py loses a cancellation that meets it at a bad moment
            for job in self._jobs:
                job.cancel()
            await asyncio.wait(list(self._jobs), timeout=CANCEL_AGAIN_S)
        await asyncio.gather(*self._chores, return_exceptions=True)
        await self.redis.aclose()
        await asyncio.to_thread(self._blocking.close)

    def run_job(self, work: Coroutine[Any, Any, None]) -> None:
        """Run what may take long and belongs to no connection; ends with the process."""
        _keep(work, self._jobs)

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Do a chore that nobody waits for; the process does not end before it."""
        _keep(work, self._chores)

    # -- admission -----------------------------------------------------------------------------------

    async def admit(self, environment: str, candidates: int) -> None:
        """Let a request in, unless too much waits already. An empty queue takes anything.

        Raises:
            ProblemError: ``queue-full``, with the time that the queue needs at its recent pace.
        """
        depth = sum(map(candidates_of, await self._waiting(environment)))
        self.metrics.depth.labels(environment).set(depth)
        allowed = self.settings.max_queued_candidates
        if depth and depth + candidates > allowed:
            raise ProblemError(
                Slug.QUEUE_FULL,
                f"{depth} candidates wait and {candidates} more would be above {allowed}; come back later.",
                retry_after_s=retry_after_s(depth + candidates - allowed, self._rate()),
            )

    def note(self, result: Verdict | Fault, candidates: int) -> None:
        """Count answers."""
        now_s = time.monotonic()
        self._recent.append((now_s, candidates))
        while self._recent[0][0] < now_s - RATE_WINDOW_S:
            self._recent.popleft()
        if isinstance(result, Fault):
            self.metrics.candidates.labels(Status.UNSCORABLE, result.reason).inc(candidates)
            return
        self.metrics.candidates.labels(Status.JUDGED, "").inc(candidates)
        for outcome, count in Counter(result.outcomes).items():
            self.metrics.outcomes.labels(outcome).inc(count)

    def _rate(self) -> float:
        since = time.monotonic() - RATE_WINDOW_S
        while self._recent and self._recent[0][0] < since:
            self._recent.popleft()
        return sum(count for _, count in self._recent) / RATE_WINDOW_S

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
        await self.redis.set(keys.owner(execution), 1, ex=OWNER_LOST_S)

    async def look(self, execution: str, environment: str) -> tuple[dict[int, str], set[str], set[str]]:
        """Who took which chunk, which items wait, and which of those workers live."""
        waiting = set(await self._waiting(environment))
        found: Any = await self.redis.hgetall(keys.taken(execution))  # after: what left the queue is in here
        taken = {int(chunk): name.decode() for chunk, name in found.items()}
        names = sorted(set(taken.values()))
        beats = await self.redis.mget([keys.worker(name) for name in names]) if names else []
        alive = {name for name, beat in zip(names, beats, strict=True) if beat is not None}
        return taken, waiting, alive

    async def cancel(self, execution: str, ttl_s: int) -> None:
        """Tell workers that the rest is not wanted."""
        await self.redis.set(keys.cancelled(execution), 1, ex=ttl_s)

    async def forget(self, execution: str) -> None:
        """Drop what belongs to a finished execution."""
        await self.redis.delete(keys.owner(execution), keys.results(execution), keys.taken(execution))

    # -- workers -------------------------------------------------------------------------------------

    async def count_workers(self, environment: str) -> int:
        """Workers that serve an environment, as of a moment ago."""
        counted_at, count = self._workers.get(environment, (-math.inf, 0))
        if time.monotonic() - counted_at < COUNT_AGAIN_S:
            return count
        members: Any = await self.redis.smembers(keys.workers(environment))
        names = sorted(members)
        beats = await self.redis.mget([keys.worker(name.decode()) for name in names]) if names else []
        gone = [name for name, beat in zip(names, beats, strict=True) if beat is None]
        if gone:
            await self.redis.srem(keys.workers(environment), *gone)
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


def retry_after_s(excess: int, rate_per_s: float) -> int:
    """Seconds until that many candidates are judged; a guess of the middle if nothing is being judged."""
    if rate_per_s <= 0:
        return MAX_RETRY_AFTER_S // 2
    return min(max(math.ceil(excess / rate_per_s), 1), MAX_RETRY_AFTER_S)
