"""Registers a worker in Redis by a heartbeat, which also renews the worker's leases (``placement``).

The heartbeat is sent from a thread of its own, so that a long chunk does not look like a dead worker. A worker that is
killed counts as lost after ``WORKER_LOST_S``. With each heartbeat go the chunks that the worker has: a Redis that lost
its last second may hold that a chunk was taken and not its results, and its owner would wait for them.
"""

import json
import os
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress

import structlog
from redis import Redis, RedisError
from redis.exceptions import ResponseError

from clients.contract import IsolationProfile
from services.executor.broker import redis_keys
from services.executor.broker.cache import evict_some, is_full
from services.executor.broker.outage import describe_failure
from services.executor.settings import BEAT_S, WORKER_LOST_S

LOG_EVERY_S = 30.0
"""Seconds between two log lines while Redis does not answer: a heartbeat fails each second."""


class OpenChunks:
    """The chunks that a worker has taken and not finished. Thread-safe."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._lock = threading.Lock()

    def add(self, execution: str, chunk: int) -> None:
        """Note a chunk, before Redis holds that this worker took it."""
        with self._lock:
            self._names.add(f"{execution}:{chunk}")

    def remove(self, execution: str, chunk: int) -> None:
        """Forget a chunk, after its results were sent to Redis."""
        with self._lock:
            self._names.discard(f"{execution}:{chunk}")

    def names(self) -> list[str]:
        """Return the chunks as ``<execution>:<chunk>``."""
        with self._lock:
            return sorted(self._names)


class Heartbeat:
    """Keeps a worker registered until it is stopped."""

    def __init__(
        self, redis: Redis, worker: str, environments: Iterable[str], leases: Sequence[str] = ()
    ) -> None:
        """Describe the worker. It has leases and no heartbeat until ``set_available`` is called with true."""
        self._redis = redis
        self._worker = worker
        self._environments = list(environments)
        self._leases = list(leases)
        self._profile: IsolationProfile | None = None
        self.open_chunks = OpenChunks()
        self._beats = 0
        self._is_available = False
        self._has_started = False
        self._failure_logged_at: float | None = None
        """When the last failure was logged; ``None`` while Redis answers."""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Start the thread. The first heartbeat is sent before this returns, if Redis answers."""
        self._beat()
        self._thread.start()

    def set_profile(self, profile: IsolationProfile | None) -> None:
        """Set the isolation profile that the worker publishes with its next heartbeats."""
        self._profile = profile

    def set_available(self, is_available: bool) -> None:
        """Set whether the worker is listed for its environments.

        One that starts, stops, or whose sandbox has to recover, is not.
        """
        self._is_available = is_available
        self._has_started = self._has_started or is_available
        self._beat()

    def stop(self) -> None:
        """Stop the thread and deregister the worker."""
        self._stop.set()
        self._thread.join()
        try:
            with self._redis.pipeline(transaction=False) as pipe:
                own_keys = (redis_keys.worker(self._worker), redis_keys.worker_profile(self._worker))
                pipe.delete(*own_keys, *self._leases)
                for name in self._environments:
                    pipe.srem(redis_keys.workers(name), self._worker)
                pipe.execute()
        except RedisError:
            return  # its registration expires after WORKER_LOST_S

    def _loop(self) -> None:
        while not self._stop.wait(BEAT_S):
            self._beat()

    def _beat(self) -> None:
        self._beats += 1
        try:
            with self._redis.pipeline(transaction=False) as pipe:
                if self._has_started:
                    pipe.set(redis_keys.worker(self._worker), os.getpid(), ex=WORKER_LOST_S)
                    chunks = {"beat": self._beats, "chunks": self.open_chunks.names()}
                    pipe.set(redis_keys.open_chunks(self._worker), json.dumps(chunks), ex=WORKER_LOST_S)
                if self._profile is not None:
                    pipe.set(redis_keys.worker_profile(self._worker), self._profile.value, ex=WORKER_LOST_S)
                for lease in self._leases:
                    pipe.set(lease, self._worker, ex=WORKER_LOST_S)
                pipe.sadd(redis_keys.VERSIONS, redis_keys.VERSION)
                for name in self._environments:
                    (pipe.sadd if self._is_available else pipe.srem)(redis_keys.workers(name), self._worker)
                pipe.execute()
        except Exception as exc:  # noqa: BLE001 - a thread that ended would make a worker that judges count as lost
            self._log_failure(exc)
            if is_full(exc):
                self._make_room()
        else:
            if self._failure_logged_at is not None:
                self._failure_logged_at = None
                structlog.get_logger().info("Redis answers again")

    def _make_room(self) -> None:
        """Evict some cached records from a Redis that is full: without work in progress, nothing else does.

        Workers without a heartbeat count as lost, and a service without workers as not ready.
        """
        with suppress(RedisError):
            evict_some(self._redis)

    def _log_failure(self, error: Exception) -> None:
        """Log what Redis fails to do, once in ``LOG_EVERY_S`` while that lasts."""
        now = time.monotonic()
        if self._failure_logged_at is None or now - self._failure_logged_at >= LOG_EVERY_S:
            self._failure_logged_at = now
            advice = "" if isinstance(error, ResponseError) else "; start it or correct EXECUTOR_REDIS_URL"
            structlog.get_logger().warning(describe_failure(error) + advice, error=str(error))
