"""Enqueues chunks: their suites, their items and their turns, by one script in one round trip.

RQ's own way costs eight commands for each item, each with a reply, in a thread. What is in Redis afterwards is an RQ
queue with RQ jobs, as RQ's tools read them. Fields of a job that are empty here, or that only RQ's own workers write,
are left out.
"""

import asyncio
import zlib
from collections.abc import Sequence

from redis.asyncio import Redis as AsyncRedis
from rq import Queue
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer
from rq.utils import now, utcformat

from services.common.bodies import INLINE_BYTES
from services.executor.broker import redis_keys
from services.executor.broker.queue import Item, QueuePlace, SuiteText
from services.executor.broker.turn_scripts import ADD_TURNS

JUDGE = "services.executor.worker.rq_entry.judge_chunk"
"""The function that an item names. Our workers do not look at it; any other RQ worker would import and call it."""
FAILURE_TTL_S = 60
"""How long RQ keeps an item that failed, for a person who investigates; the executor does not read it."""
_LEVEL = 1
"""zlib's fastest: an item lives until a worker takes it."""

_PUT = (
    ADD_TURNS
    + f"""
local queues, list, base = KEYS[1], KEYS[2], KEYS[3]
local caller, run, ttl, origin, now, suites = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5], tonumber(ARGV[6])
for i = 1, suites do
  local suite, text = KEYS[3 + i], ARGV[6 + i]  -- chunks with a later deadline may wait for it, too
  if redis.call('TTL', suite) < ttl then redis.call('SET', suite, text, 'EX', ttl) end
end
redis.call('SADD', queues, list)
local in_turn, next_arg = {{}}, 7 + suites
for i = 4 + suites, #KEYS do
  local item, goes_to_front, data = ARGV[next_arg], ARGV[next_arg + 1] == '1', ARGV[next_arg + 2]
  redis.call(
    'HSET', KEYS[i], 'data', data, 'created_at', now, 'enqueued_at', now, 'origin', origin, 'description', 'chunk',
    'status', '{JobStatus.QUEUED.value}', 'ttl', ttl, 'result_ttl', 0, 'failure_ttl', {FAILURE_TTL_S},
    'timeout', -1)  -- the sandbox enforces the limits; RQ's alarm does not work in threads
  redis.call('EXPIRE', KEYS[i], ttl)
  redis.call(goes_to_front and 'LPUSH' or 'RPUSH', list, item)
  if not goes_to_front then in_turn[#in_turn + 1] = item end
  next_arg = next_arg + 3
end
add_turns(base, caller, run, ttl, in_turn)
"""
)


class Enqueuer:
    """Puts chunks into the queues of workers; lives in the event loop of an API process."""

    def __init__(self, redis: AsyncRedis) -> None:
        self._put = redis.register_script(_PUT)

    async def put(
        self, place: QueuePlace, items: Sequence[Item], suites: Sequence[SuiteText], ttl_s: int
    ) -> None:
        """Enqueue items with the suites that they name. Both expire after ``ttl_s``, a suite that is kept longer later.

        Items that go to the front wait for no turn.
        """
        keys = [
            Queue.redis_queues_keys,
            Queue.redis_queue_namespace_prefix + place.queue_name,
            redis_keys.turns(place.queue_name),
            *(redis_keys.suite(suite.key) for suite in suites),
            *(Job.key_for(item.id) for item in items),
        ]
        if sum(item.count_chars() for item in items) <= INLINE_BYTES:
            encoded = _encode(items)
        else:
            encoded = await asyncio.to_thread(_encode, items)
        flow = place.flow
        fixed: list[str | int] = [
            flow.caller,
            flow.run,
            ttl_s,
            place.queue_name,
            utcformat(now()),
            len(suites),
        ]
        await self._put(keys=keys, args=[*fixed, *(suite.text for suite in suites), *encoded])


def _encode(items: Sequence[Item]) -> list[str | int | bytes]:
    """Return the script's arguments for each item: its id, whether it goes to the front, and what RQ calls its data."""
    args: list[str | int | bytes] = []
    for item in items:
        data = JSONSerializer.dumps((JUDGE, None, (item.payload,), {}))  # type: ignore[no-untyped-call]
        args += [item.id, int(item.at_front), zlib.compress(data, _LEVEL)]
    return args
