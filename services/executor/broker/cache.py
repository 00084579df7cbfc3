"""Caches results by content, and keeps claims, so that equal units of several executions are judged once.

A claim is the id of the execution that has a unit judged. It is valid while that execution renews its owner key.
After that, another execution that waits for the unit takes the claim over, so no execution waits for an owner that
died or gave up. Workers write the records (``worker/outbox.py``). Requests with ``cache: false`` do not use the cache.
"""

from collections.abc import Sequence
from enum import Enum
from itertools import islice

from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.exceptions import OutOfMemoryError, ResponseError

from services.executor.broker import redis_keys
from services.executor.planning.flows import Flow
from services.executor.settings import OWNER_LOST_S

KEYS_PER_CALL = 500
"""Units claimed by one call of the script: about 2 ms, during which Redis serves no other client."""

_CLAIM = """
redis.call('SET', KEYS[1], ARGV[5], 'EX', ARGV[2])
local answers = {}
for i = 2, #KEYS, 2 do
  local record = redis.call('GET', KEYS[i])
  if not record then
    local owner = redis.call('GET', KEYS[i + 1])
    local flow = owner and redis.call('GET', ARGV[4] .. owner)
    if not flow or owner == ARGV[1] then
      redis.call('SET', KEYS[i + 1], ARGV[1], 'EX', ARGV[3])
      record = 1
    else
      record = flow == ARGV[5] and 0 or 2
    end
  end
  answers[#answers + 1] = record
end
return answers
"""


_RELEASE = """
for i = 1, #KEYS do
  if redis.call('GET', KEYS[i]) == ARGV[1] then redis.call('DEL', KEYS[i]) end
end
"""

EVICT_BATCH = 1000
"""Records removed at a time from a Redis that is full: some megabytes."""


class Claim(Enum):
    """Which execution has a unit judged that has no record yet."""

    GRANTED = 1
    """The one that asks: it sends the unit to the queue."""
    HELD_IN_FLOW = 0
    """Another one of its flow: the one that asks waits, and asks again. Its own copy would seldom be judged sooner."""
    HELD_BY_OTHER = 2
    """One of another flow, whose chunk may wait for longer than this flow's turn takes."""


class Cache:
    """Records and claims in Redis."""

    def __init__(self, redis: AsyncRedis) -> None:
        self._script = redis.register_script(_CLAIM)
        self._release = redis.register_script(_RELEASE)

    async def claim(
        self, execution: str, flow: Flow, unit_keys: Sequence[str], claim_s: int
    ) -> list[bytes | Claim]:
        """Return for each unit its record, or else which execution holds the claim now. Also renews the owner key.

        To wait for units of other executions, call it again. ``claim_s`` is when a claim expires if nothing else
        ends it.
        """
        answers: list[bytes | Claim] = []
        args: list[str | int] = [execution, OWNER_LOST_S, claim_s, redis_keys.OWNER, str(flow)]
        for start in range(0, len(unit_keys), KEYS_PER_CALL):
            names = [redis_keys.owner(execution)]
            for key in unit_keys[start : start + KEYS_PER_CALL]:
                names += [redis_keys.record(key), redis_keys.claim(key)]
            reply = await self._script(keys=names, args=args)
            answers += [item if isinstance(item, bytes) else Claim(item) for item in reply]
        return answers

    async def release(self, execution: str, unit_keys: Sequence[str]) -> None:
        """Drop the execution's claims on units that got no verdict; claims of other executions stay."""
        for start in range(0, len(unit_keys), KEYS_PER_CALL):
            names = [redis_keys.claim(key) for key in unit_keys[start : start + KEYS_PER_CALL]]
            await self._release(keys=names, args=[execution])


def is_full(error: Exception) -> bool:
    """Whether Redis refused a command because its memory is full.

    Before Redis 7 the refusal of a command in a script has no code of its own, only the text of the refusal.
    """
    return isinstance(error, OutOfMemoryError) or (isinstance(error, ResponseError) and "-OOM " in str(error))


def evict_some(redis: Redis) -> int:
    """Remove up to ``EVICT_BATCH`` arbitrary records from a Redis that is full, and return how many.

    Work in progress needs the memory more than records that only save work. Records of other versions count too: after
    an upgrade they are the first that nothing needs.
    """
    names = list(islice(redis.scan_iter(match=redis_keys.ANY_RECORD, count=EVICT_BATCH), EVICT_BATCH))
    return int(redis.unlink(*names)) if names else 0
