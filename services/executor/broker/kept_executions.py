"""Keeps in Redis the latest executions of each caller: their programs, tests and results, for a person who looks.

An entry is two keys: a line in the list of its caller, and the rest compressed. Both expire; the script deletes the
rest of an execution that drops out of the list. So the memory is bounded by ``EXECUTOR_KEPT_EXECUTIONS`` for each
caller, whatever is sent.

Not promised: that every execution is kept. A trainer that sends each candidate in a request of its own ends hundreds a
second. A process writes a few a second at most, so that this costs no throughput; executions with a candidate without a
verdict have an allowance of their own, because they are rare and the ones that a person looks for.
"""

import asyncio
import re
import time
import zlib
from collections.abc import Callable
from typing import Any

from redis.asyncio import Redis as AsyncRedis

from clients.contract import KeptExecution
from services.executor.broker import redis_keys

WRITES_PER_S = 2.0
"""Executions that one process writes per second in the long run: of 10 ms each, so below 2 % of a core."""
BURST = 20
"""Executions that may be written at once, after a time with fewer."""
LEVEL = 1
"""zlib's fastest: programs and results shrink to about a fifth, in a few milliseconds."""
_ID = re.compile("[0-9a-f]{32}")
"""Ids of executions. A key of Redis is made of the id and the name of the caller, so that an id of any other form could
name an execution of another caller."""

_WRITE = """
redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3])
redis.call('LPUSH', KEYS[1], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[3])
while redis.call('LLEN', KEYS[1]) > tonumber(ARGV[4]) do
  local id = string.match(redis.call('RPOP', KEYS[1]), '^%S+')
  redis.call('DEL', ARGV[5] .. id .. ':' .. ARGV[6])
end
"""


class Allowance:
    """Permits an action some times a second: a token bucket."""

    def __init__(self, per_s: float, burst: int) -> None:
        self._per_s = per_s
        self._burst = burst
        self._left = float(burst)
        self._at = time.monotonic()

    def take(self) -> bool:
        """Return whether the action is permitted now, and count it."""
        now = time.monotonic()
        self._left = min(self._left + (now - self._at) * self._per_s, self._burst)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class KeptExecutions:
    """The executions that are kept, by caller."""

    def __init__(self, redis: AsyncRedis, *, most: int, ttl_s: int) -> None:
        """``most`` is how many are kept of one caller, for ``ttl_s`` seconds."""
        self._redis = redis
        self._most = most
        self._ttl_s = ttl_s
        self._script = redis.register_script(_WRITE)
        self._allowance = Allowance(WRITES_PER_S, BURST)
        self._allowance_of_faults = Allowance(WRITES_PER_S, BURST)

    def admits(self, *, has_fault: bool) -> bool:
        """Return whether an execution that ended is to be written. ``has_fault``: a candidate has no verdict."""
        if not self._most:
            return False
        return self._allowance.take() or (has_fault and self._allowance_of_faults.take())

    async def write(self, caller: str, make: Callable[[], KeptExecution]) -> None:
        """Write an execution, which ``make`` returns: it is made, encoded and compressed in a thread."""
        execution, info, whole = await asyncio.to_thread(_encode, make)
        keys = [redis_keys.kept_list(caller), redis_keys.kept(execution, caller)]
        line = execution.encode() + b" " + info
        await self._script(keys=keys, args=[line, whole, self._ttl_s, self._most, redis_keys.KEPT, caller])

    async def read_infos(self, caller: str) -> list[bytes]:
        """Return the JSON of each line of a caller, the latest execution first, without those that have expired."""
        lines: Any = await self._redis.lrange(redis_keys.kept_list(caller), 0, -1)
        # another version may write other lines
        pairs = [line.split(b" ", 1) for line in lines if b" " in line]
        if not pairs:
            return []
        names = [redis_keys.kept(execution.decode(), caller) for execution, _ in pairs]
        async with self._redis.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.exists(name)
            is_kept = await pipe.execute()
        return [info for (_, info), kept in zip(pairs, is_kept, strict=True) if kept]

    async def read(self, execution: str, caller: str) -> bytes | None:
        """Return the JSON of an execution; ``None`` if the caller has no such execution, or it is not kept."""
        if not _ID.fullmatch(execution):
            return None
        whole: Any = await self._redis.get(redis_keys.kept(execution, caller))
        try:
            return None if whole is None else zlib.decompress(whole)
        except zlib.error:  # written by another version
            return None


def _encode(make: Callable[[], KeptExecution]) -> tuple[str, bytes, bytes]:
    """Return the id of an execution, the JSON of its line in the list, and all of it as it is stored."""
    execution = make()
    whole = zlib.compress(execution.model_dump_json().encode(), LEVEL)
    return execution.info.id, execution.info.model_dump_json().encode(), whole
