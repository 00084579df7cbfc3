"""Keeps the history of the live page in Redis: one history for all API processes, which a restart does not end.

A bucket is a hash with one field for each line of a chart. The number of fields is bounded, and each bucket expires, so
that the whole takes at most ``MOST_BYTES``, whatever the service does. Processes add to it once in 10 s.
"""

from collections.abc import Mapping, Sequence

from redis.asyncio import Redis as AsyncRedis

from services.common.dashboard.store import Resolution, Sums
from services.executor.broker import redis_keys

MOST_FIELDS = 128
"""Fields of a bucket; further ones are left out. The charts of a service with two environments and three keys have
about 60. Redis stores a hash of up to 128 short fields in one block."""
MOST_BYTES = 8 * 2**20
"""Most that the history takes in Redis: 648 buckets with all fields of the longest names."""

_ADD = """
local size = redis.call('HLEN', KEYS[1])
for i = 3, #ARGV, 3 do
  local how, field, value = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local old = redis.call('HGET', KEYS[1], field)
  if old or size < tonumber(ARGV[2]) then
    if not old then size = size + 1 end
    if how == '+' then
      redis.call('HINCRBYFLOAT', KEYS[1], field, value)
    elseif not old or tonumber(old) < tonumber(value) then
      redis.call('HSET', KEYS[1], field, value)
    end
  end
end
redis.call('EXPIRE', KEYS[1], ARGV[1])
"""


class RedisHistory:
    """The buckets in Redis; a ``HistoryStore``."""

    def __init__(self, redis: AsyncRedis) -> None:
        self._redis = redis
        self._script = redis.register_script(_ADD)

    async def add(self, resolution: Resolution, start: int, sums: Sums) -> None:
        """Add to a bucket.

        Raises:
            RedisError, OSError: nothing was added.
        """
        args: list[str | int | float] = [resolution.span_s + resolution.bucket_s, MOST_FIELDS]
        for how, numbers in (("+", sums.added), ("max", sums.highest)):
            for field, number in numbers.items():
                args += [how, field, f"{number:.6g}"]
        await self._script(keys=[redis_keys.history(resolution.name, start)], args=args)

    async def read(self, resolution: Resolution, until: float) -> Sequence[tuple[int, Mapping[str, float]]]:
        """Return the buckets that ended by ``until``, oldest first.

        Raises:
            RedisError, OSError: Redis cannot be reached.
        """
        newest = (int(until) // resolution.bucket_s - 1) * resolution.bucket_s
        starts = range(newest - resolution.span_s + resolution.bucket_s, newest + 1, resolution.bucket_s)
        async with self._redis.pipeline(transaction=False) as pipe:
            for start in starts:
                pipe.hgetall(redis_keys.history(resolution.name, start))
            buckets = await pipe.execute()
        return [
            (start, {field.decode(): float(number) for field, number in fields.items()})
            for start, fields in zip(starts, buckets, strict=True)
            if fields
        ]
