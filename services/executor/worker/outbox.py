"""Records on their way from a worker to whoever waits for them, and into the cache.

A chunk's records are sent together when it ends; while it lasts, a background thread sends what there is
every ``GATHER_S``, so that a slow program does not hold back its neighbours' results.
"""

import threading
import time
from dataclasses import dataclass, field
from typing import Any

import structlog
from redis import Redis, RedisError

from services.executor.broker import redis_keys
from services.executor.planning.in_flight import FailureWeight
from services.executor.results.records import Fault, Verdict, encode

GATHER_S = 0.1
"""Records younger than this wait for company: each delivery costs the reader half a millisecond, and nobody
sees a tenth of a second. The last records of a chunk do not wait."""


@dataclass(slots=True)
class Outbox:
    """The records of one chunk. Thread-safe."""

    redis: Redis
    execution: str
    chunk: int
    cache_ttl_s: int
    _parted: bool = False
    """Whether the rest was given back: what is still found out here is nobody's any more."""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _waiting: list[tuple[int, str, bytes, bool]] = field(default_factory=list)

    def add(self, unit: int, key: str, result: Verdict | Fault) -> None:
        """Take one record."""
        with self._lock:
            self._waiting.append((unit, key, encode(result), isinstance(result, Verdict)))

    def give_back(self, why: str, blame: FailureWeight) -> None:
        """Say that the rest of the chunk is not coming from here, and how much that says against it."""
        self.flush({"back": self.chunk, "blame": int(blame), "why": why})
        self._parted = True

    def flush(self, extra: dict[str, str | int] | None = None) -> None:
        """Send what there is, in one round trip; keep it if Redis does not take it (``RedisError``)."""
        with self._lock:
            batch = self._waiting
            if self._parted or (not batch and not extra):
                return
            fields: dict[Any, Any] = {unit: record for unit, _, record, _ in batch}
            fields.update(extra or {})
            stream = redis_keys.results(self.execution)
            with self.redis.pipeline(transaction=False) as pipe:
                for _, key, record, keep in batch:
                    if keep and self.cache_ttl_s:
                        pipe.set(redis_keys.record(key), record, ex=self.cache_ttl_s)
                        pipe.delete(redis_keys.claim(key))
                pipe.xadd(stream, fields)
                pipe.expire(stream, redis_keys.RESULTS_TTL_S)
                pipe.execute()
            self._waiting = []


class Postman:
    """Empties the outboxes of running chunks, from a thread of its own."""

    def __init__(self) -> None:
        self._boxes: dict[int, Outbox] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._rounds, name="postman", daemon=True)

    def start(self) -> None:
        """Begin the rounds."""
        self._thread.start()

    def watch(self, box: Outbox) -> None:
        """Include a box in the rounds."""
        with self._lock:
            self._boxes[id(box)] = box
        self._wake.set()

    def forget(self, box: Outbox) -> None:
        """Leave a box out from now on."""
        with self._lock:
            self._boxes.pop(id(box), None)
            if not self._boxes:
                self._wake.clear()

    def _rounds(self) -> None:
        while True:
            self._wake.wait()
            time.sleep(GATHER_S)
            with self._lock:
                boxes = list(self._boxes.values())
            for box in boxes:
                try:
                    box.flush()
                except RedisError as exc:  # kept in the box: the next round sends it
                    structlog.get_logger().warning("results not delivered", error=str(exc))
