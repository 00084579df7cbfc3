"""Results by content, and who is working on what: the same work is done once, whoever asks for it.

A claim names the execution that has a unit judged. It is honoured while its owner says that it is alive;
then whoever waits takes it over, so that an owner that died or gave up strands nobody. Workers write the
records (``outbox``). ``cache: false`` never comes here.
"""

from collections.abc import Sequence
from enum import Enum
from itertools import islice

from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from services.executor.broker import redis_keys
from services.executor.settings import OWNER_LOST_S

KEYS_PER_CALL = 500
"""Units claimed by one script call: about 2 ms of Redis, which does nothing else meanwhile."""

_CLAIM = """
redis.call('SET', KEYS[1], '1', 'EX', ARGV[2])
local answers = {}
for i = 2, #KEYS, 2 do
  local record = redis.call('GET', KEYS[i])
  if not record then
    local owner = redis.call('GET', KEYS[i + 1])
    if not owner or owner == ARGV[1] or redis.call('EXISTS', ARGV[4] .. owner) == 0 then
      redis.call('SET', KEYS[i + 1], ARGV[1], 'EX', ARGV[3])
      record = 1
    else
      record = 0
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
"""Records dropped at a time when Redis is full: some megabytes."""


class Claim(Enum):
    """What to do about a unit that has no record yet."""

    OURS = 1
    """Have it judged."""
    THEIRS = 0
    """Wait: another execution has it judged."""


class Cache:
    """Records and claims in Redis."""

    def __init__(self, redis: AsyncRedis) -> None:
        self._script = redis.register_script(_CLAIM)
        self._release = redis.register_script(_RELEASE)

    async def claim(self, execution: str, unit_keys: Sequence[str], claim_s: int) -> list[bytes | Claim]:
        """For each unit its record, or whose it is now. Asking again is how one waits.

        ``claim_s`` bounds a claim's life, should everything else fail. Says on the way that the execution
        is alive.
        """
        answers: list[bytes | Claim] = []
        for start in range(0, len(unit_keys), KEYS_PER_CALL):
            names = [redis_keys.owner(execution)]
            for key in unit_keys[start : start + KEYS_PER_CALL]:
                names += [redis_keys.record(key), redis_keys.claim(key)]
            found = await self._script(keys=names, args=[execution, OWNER_LOST_S, claim_s, redis_keys.OWNER])
            answers += [item if isinstance(item, bytes) else Claim(item) for item in found]
        return answers

    async def release(self, execution: str, unit_keys: Sequence[str]) -> None:
        """Let others have judged what the execution got no verdict on; claims of others stay."""
        for start in range(0, len(unit_keys), KEYS_PER_CALL):
            names = [redis_keys.claim(key) for key in unit_keys[start : start + KEYS_PER_CALL]]
            await self._release(keys=names, args=[execution])


def evict_some(redis: Redis) -> int:
    """Drop some records of a Redis that takes no more, and say how many; which ones is left to chance.

    Work in progress comes before what was kept to save work.
    """
    names = list(islice(redis.scan_iter(match=redis_keys.record("*"), count=EVICT_BATCH), EVICT_BATCH))
    return int(redis.unlink(*names)) if names else 0
