"""Sends the records of judged programs to Redis: into the stream of their execution, and into the cache.

The records of a chunk are sent together when it ends. While it is being judged, a background thread sends every
``GATHER_S`` those there are, so that a slow program does not delay the results of the others.
"""

import threading
import time
from dataclasses import dataclass, field

import structlog
from redis import Redis

from services.executor.broker import redis_keys
from services.executor.planning.lost_chunks import FailureWeight
from services.executor.results.records import Fault, Verdict, encode

GATHER_S = 0.1
"""Records are batched for up to this long: each delivery costs the reader half a millisecond, and a tenth of a second
is not noticed. The last records of a chunk are sent at once."""

_SEND = """
for i = 2, #KEYS, 2 do
  redis.call('SET', KEYS[i], ARGV[i + 2], 'EX', ARGV[2])
  redis.call('DEL', KEYS[i + 1])
end
for first = 3, #ARGV, 2000 do  -- Lua passes some thousands of arguments at most
  redis.call('XADD', KEYS[1], '*', unpack(ARGV, first, math.min(first + 1999, #ARGV)))
end
redis.call('EXPIRE', KEYS[1], ARGV[1])
"""
"""Keys: the stream, then for each record that is cached its key and that of its claim. Arguments: how long the stream
and cached records are kept, then names and values of the stream's entry, those of cached records first. It is one step,
so that no key stays without its time to expire."""


@dataclass(slots=True)
class Outbox:
    """The records of one chunk. Thread-safe."""

    redis: Redis
    execution: str
    chunk: int
    cache_ttl_s: int
    _is_returned: bool = False
    """Whether the rest of the chunk was returned to its owner. Records that come later are dropped."""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _records: list[tuple[int, str, bytes, bool]] = field(default_factory=list)
    """Records to send: number of the unit, cache key, record, whether it is cached."""

    def add(self, unit: int, key: str, result: Verdict | Fault) -> None:
        """Add one record."""
        with self._lock:
            is_cached = self.cache_ttl_s > 0 and isinstance(result, Verdict)
            self._records.append((unit, key, encode(result), is_cached))

    def return_chunk(self, reason: str, weight: FailureWeight) -> None:
        """Send what there is, and report that this worker will not judge the rest of the chunk.

        ``weight``: how likely the chunk is the cause.
        """
        self.flush({"back": self.chunk, "blame": int(weight), "why": reason})
        self._is_returned = True

    def flush(self, extra: dict[str, str | int] | None = None) -> None:
        """Send all records in one round trip. Keeps them if that fails (``RedisError``)."""
        with self._lock:
            batch = self._records
            if self._is_returned or (not batch and not extra):
                return
            keys = [redis_keys.results(self.execution)]
            args: list[str | int | bytes] = [redis_keys.RESULTS_TTL_S, self.cache_ttl_s]
            for unit, key, record, is_cached in sorted(batch, key=lambda item: not item[3]):
                args += [unit, record]
                if is_cached:
                    keys += [redis_keys.record(key), redis_keys.claim(key)]
            for name, value in (extra or {}).items():
                args += [name, value]
            self.redis.register_script(_SEND)(keys=keys, args=args)
            self._records = []


class OutboxFlusher:
    """Flushes the outboxes of the chunks being judged, from a thread of its own."""

    def __init__(self) -> None:
        self._outboxes: dict[int, Outbox] = {}
        self._lock = threading.Lock()
        self._wakeup = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="outbox-flusher", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def add(self, outbox: Outbox) -> None:
        """Flush this outbox from now on."""
        with self._lock:
            self._outboxes[id(outbox)] = outbox
        self._wakeup.set()

    def remove(self, outbox: Outbox) -> None:
        """Flush this outbox no more."""
        with self._lock:
            self._outboxes.pop(id(outbox), None)
            if not self._outboxes:
                self._wakeup.clear()

    def _loop(self) -> None:
        while True:
            self._wakeup.wait()
            time.sleep(GATHER_S)
            with self._lock:
                outboxes = list(self._outboxes.values())
            for outbox in outboxes:
                try:
                    outbox.flush()
                except Exception as exc:  # noqa: BLE001 - the records are kept: the next round sends them
                    structlog.get_logger().warning("results not delivered", error=str(exc))
