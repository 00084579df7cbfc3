"""Decides in Redis which waiting chunk a worker takes next, so that all flows get equal shares of the workers.

Callers that wait take turns, and so do the runs of one caller (``planning.flows``). The decision is made when a worker
takes a chunk, by one script. So it holds for any number of API processes and workers, and nothing has to be moved when
a flow begins, ends or is cancelled.

RQ's list stays the truth about what waits: it has the id of every waiting item, in the order of arrival. What is here
only chooses among them. An item that is in the list alone is taken first: a chunk of a lost worker, which goes before
all others. If the keys of this module are lost, the queue is first in, first out.

Under ``<queue>:turns`` are:

- ``:callers``: sorted set of the callers that wait, by the worker time that they were given so far. The lowest is next.
- ``:runs:<caller>``: the same for the runs of one caller.
- ``:items:<caller> <run>``: list of the items of one flow, oldest first. Cancelled items stay in it until it is their
  turn.
- ``:waiting``: hash of item → the second it arrived, and its flow.
- ``:units``: hash of flow → how many units its items in ``:waiting`` carry. The size of further chunks depends on it
  (``broker/backlog.py``), no turn does. A count that is wrong is dropped when its flow does not wait any more.
- ``:price:<caller> <run>``: worker seconds of one candidate in the latest chunk of a flow. A flow of slow programs so
  gets as much time as one of fast programs, not as many candidates.

A flow that begins to wait starts at the lowest number: it is served at once, and has no credit for the time before.

Not promised: that a chunk which a worker has begun makes room for others. ``EXECUTOR_MAX_CHUNK`` bounds its length.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from redis import Redis
from redis.asyncio.client import Pipeline as AsyncPipeline
from redis.client import Pipeline
from rq import Queue

from services.executor.broker import redis_keys
from services.executor.planning.flows import Flow

FIRST_PRICE_S = 0.01
"""Price of a candidate of a flow that none is known of: what a usual program with its tests takes."""
LEAST_PRICE_S = 0.002
"""The lowest price: a candidate that was answered sooner was not judged (no code, cancelled)."""
PRICE_TTL_S = 3600
"""How long the price of a flow is remembered."""

_UNITS_OF = """
local function units_of(item) return tonumber(string.match(item, '_(%d+)$')) or 1 end
"""

_ADD = (
    _UNITS_OF
    + """
local base, caller, run, ttl = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3])
local flow, total = caller .. ' ' .. run, 0
local callers, runs, items, waiting, units =
  base .. ':callers', base .. ':runs:' .. caller, base .. ':items:' .. flow, base .. ':waiting', base .. ':units'
local function enter(key, member)
  if not redis.call('ZSCORE', key, member) then
    redis.call('ZADD', key, redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2] or 0, member)
  end
end
enter(callers, caller)
enter(runs, run)
local entry = redis.call('TIME')[1] .. ' ' .. flow
for first = 4, #ARGV, 1000 do  -- Lua passes some thousands of arguments at most
  local last, fields = math.min(first + 999, #ARGV), {}
  for i = first, last do
    fields[#fields + 1] = ARGV[i]
    fields[#fields + 1] = entry
    total = total + units_of(ARGV[i])
  end
  redis.call('RPUSH', items, unpack(ARGV, first, last))
  redis.call('HSET', waiting, unpack(fields))
end
redis.call('HINCRBY', units, flow, total)
for _, key in ipairs({callers, runs, items, waiting, units}) do
  if redis.call('TTL', key) < ttl then redis.call('EXPIRE', key, ttl) end
end
"""
)

_COMMON = (
    _UNITS_OF
    + """
local function uncount(base, flow, units)
  if units > 0 and redis.call('HINCRBY', base .. ':units', flow, -units) <= 0 then  -- Redis refuses -0
    redis.call('HDEL', base .. ':units', flow)
  end
end
local function leave_if_empty(base, caller, run)
  if redis.call('LLEN', base .. ':items:' .. caller .. ' ' .. run) == 0 then
    redis.call('HDEL', base .. ':units', caller .. ' ' .. run)
    redis.call('ZREM', base .. ':runs:' .. caller, run)
    if redis.call('ZCARD', base .. ':runs:' .. caller) == 0 then
      redis.call('ZREM', base .. ':callers', caller)
    end
  end
end
"""
)

_TAKE = (
    _COMMON
    + """
local function charge(base, caller, run, item)
  local units = units_of(item)
  local price = tonumber(redis.call('GET', base .. ':price:' .. caller .. ' ' .. run) or ARGV[1])
  redis.call('ZINCRBY', base .. ':callers', units * price, caller)
  redis.call('ZINCRBY', base .. ':runs:' .. caller, units * price, run)
end
local function next_item(list, base)
  while true do
    local caller = redis.call('ZRANGE', base .. ':callers', 0, 0)[1]
    if not caller then return redis.call('LPOP', list) end
    local run = redis.call('ZRANGE', base .. ':runs:' .. caller, 0, 0)[1]
    if not run then
      redis.call('ZREM', base .. ':callers', caller)
    else
      local item = redis.call('LPOP', base .. ':items:' .. caller .. ' ' .. run)
      local waits = item and redis.call('HDEL', base .. ':waiting', item) == 1
      if waits then uncount(base, caller .. ' ' .. run, units_of(item)) end
      waits = waits and redis.call('LREM', list, 1, item) == 1
      if waits then charge(base, caller, run, item) end
      leave_if_empty(base, caller, run)
      if waits then return item end
    end
  end
end
local function forget_all(base)  -- nothing waits: what is left is of workers that died with an item
  for _, caller in ipairs(redis.call('ZRANGE', base .. ':callers', 0, -1)) do
    for _, run in ipairs(redis.call('ZRANGE', base .. ':runs:' .. caller, 0, -1)) do
      redis.call('DEL', base .. ':items:' .. caller .. ' ' .. run)
    end
    redis.call('DEL', base .. ':runs:' .. caller)
  end
  redis.call('DEL', base .. ':callers', base .. ':waiting', base .. ':units')
end
for i = 1, #KEYS, 2 do
  local list, base = KEYS[i], KEYS[i + 1]
  local head = redis.call('LINDEX', list, 0)
  if head then
    if redis.call('HEXISTS', base .. ':waiting', head) == 0 then return {list, redis.call('LPOP', list)} end
    return {list, next_item(list, base)}
  end
  if redis.call('EXISTS', base .. ':callers', base .. ':waiting', base .. ':units') > 0 then forget_all(base) end
end
"""
)

_FORGET = (
    _COMMON
    + """
local base, item = KEYS[1], ARGV[1]
local entry = redis.call('HGET', base .. ':waiting', item)
if entry then
  local caller, run = string.match(entry, '^%S+ (.*) (%S*)$')
  redis.call('HDEL', base .. ':waiting', item)
  uncount(base, caller .. ' ' .. run, units_of(item))
  redis.call('LREM', base .. ':items:' .. caller .. ' ' .. run, 1, item)
  leave_if_empty(base, caller, run)
end
"""
)

_REMOVE = (
    _COMMON
    + """
local base, flow, total = KEYS[1], ARGV[1], 0
for i = 2, #ARGV do
  if redis.call('HDEL', base .. ':waiting', ARGV[i]) == 1 then total = total + units_of(ARGV[i]) end
end
uncount(base, flow, total)
"""
)


@dataclass(frozen=True, slots=True)
class WaitingItem:
    """A queue item that no worker has taken."""

    item: str
    flow: Flow
    age_s: float
    """Seconds since it arrived, by the clock of Redis."""


class FairQueue(Queue):
    """RQ's queue, from which workers take items in the order of turns instead of the order of arrival."""

    @classmethod
    def lpop(
        cls, queue_keys: Sequence[str], timeout: int | None, connection: Redis | None = None
    ) -> tuple[Any, Any] | None:
        """Take the next item of the first of these queues that has one; wait for it up to ``timeout`` seconds.

        Queues that are all empty are waited for as RQ does it: then the item that comes is the only one.
        """
        assert connection is not None
        bases = [turns_key(key) for key in queue_keys]
        keys = [key for pair in zip(queue_keys, bases, strict=True) for key in pair]
        taken: Any = connection.register_script(_TAKE)(keys=keys, args=[FIRST_PRICE_S])
        if taken:
            return taken[0], taken[1]
        popped: Any = super().lpop(queue_keys, timeout, connection)
        if popped is not None:
            name, item = popped
            forget(connection, name.decode() if isinstance(name, bytes) else name, item)
        return popped  # type: ignore[no-any-return]


def turns_key(queue_key: str) -> str:
    """Return the prefix of the keys of this module for the queue that RQ has under ``queue_key``."""
    return redis_keys.turns(queue_key.removeprefix(Queue.redis_queue_namespace_prefix))


def forget(redis: Redis, queue_key: str, item: str | bytes) -> None:
    """Forget an item that a worker took out of RQ's list while it waited for work."""
    redis.register_script(_FORGET)(keys=[turns_key(queue_key)], args=[item])


def add(pipe: Pipeline, queue_name: str, flow: Flow, items: Iterable[str], ttl_s: int) -> None:
    """Register items that are enqueued by the same transaction."""
    names = list(items)
    if names:
        pipe.eval(_ADD, 1, redis_keys.turns(queue_name), flow.caller, flow.run, ttl_s, *names)


def remove(pipe: Pipeline, queue_name: str, flow: Flow, items: Sequence[str]) -> None:
    """Forget items of a flow that are taken out of the queue."""
    if items:
        pipe.eval(_REMOVE, 1, redis_keys.turns(queue_name), str(flow), *items)


def record_price(pipe: Pipeline, queue_name: str, flow: str, units: int, worker_s: float) -> None:
    """Note how long a worker was busy with a chunk of so many units."""
    price_s = max(worker_s / max(units, 1), LEAST_PRICE_S)
    pipe.set(f"{redis_keys.turns(queue_name)}:price:{flow}", f"{price_s:.6f}", ex=PRICE_TTL_S)


def read_price(pipe: Pipeline | AsyncPipeline, queue_name: str, flow: Flow) -> None:
    """Read how many worker seconds a unit of a flow took lately; the reply is ``None`` if it is not known."""
    pipe.get(f"{redis_keys.turns(queue_name)}:price:{flow}")


def read_units(pipe: Pipeline | AsyncPipeline, queue_name: str) -> None:
    """Read how many units of each flow wait in a queue; ``parse_units`` reads the reply.

    Left out are the chunks of lost workers, which are sent again before all others.
    """
    pipe.hgetall(f"{redis_keys.turns(queue_name)}:units")


def parse_units(table: Mapping[bytes, bytes]) -> dict[Flow, int]:
    """Return the number of units by flow."""
    return {Flow.parse(flow.decode()): max(int(units), 0) for flow, units in table.items()}


def read_arrival(pipe: Pipeline, queue_key: str, item: bytes) -> None:
    """Read when an item arrived, by the clock of Redis; ``parse_arrival`` reads the reply, unless it is ``None``."""
    pipe.hget(f"{turns_key(queue_key)}:waiting", item.decode())


def parse_arrival(entry: bytes) -> int:
    """Return when an item arrived, in seconds since 1970."""
    return int(entry.partition(b" ")[0])


def read_waiting(redis: Redis, queue_names: Iterable[str]) -> dict[str, list[WaitingItem]]:
    """Return by queue the items that wait in it, without those of lost workers, in no order."""
    names = list(queue_names)
    with redis.pipeline(transaction=False) as pipe:
        pipe.time()
        for name in names:
            pipe.hgetall(f"{redis_keys.turns(name)}:waiting")
        (now_s, _), *tables = pipe.execute()
    parse = partial(_waiting_item, now_s=now_s)
    return {
        name: [parse(item, entry) for item, entry in table.items()]
        for name, table in zip(names, tables, strict=True)
    }


def _waiting_item(item: bytes, entry: bytes, *, now_s: int) -> WaitingItem:
    flow = entry.decode().partition(" ")[2]
    return WaitingItem(item.decode(), Flow.parse(flow), float(max(now_s - parse_arrival(entry), 0)))
