"""Holds the Lua scripts by which items get turns and workers take them; ``turns`` documents the keys and runs them.

Redis runs a script as one step, so no other process sees a part of what it does.
"""

UNITS_OF = """
local function units_of(item) return tonumber(string.match(item, '_(%d+)$')) or 1 end
"""
"""How many units the item with this id carries (``queue.units_of``)."""

ADD_TURNS = (
    UNITS_OF
    + """
local function add_turns(base, caller, run, ttl, new_items)
  if #new_items == 0 then return end
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
  for first = 1, #new_items, 1000 do  -- Lua passes some thousands of arguments at most
    local last, fields = math.min(first + 999, #new_items), {}
    for i = first, last do
      fields[#fields + 1] = new_items[i]
      fields[#fields + 1] = entry
      total = total + units_of(new_items[i])
    end
    redis.call('RPUSH', items, unpack(new_items, first, last))
    redis.call('HSET', waiting, unpack(fields))
  end
  redis.call('HINCRBY', units, flow, total)
  for _, key in ipairs({callers, runs, items, waiting, units}) do
    if redis.call('TTL', key) < ttl then redis.call('EXPIRE', key, ttl) end
  end
end
"""
)
"""Registers items that the same script enqueues (``enqueuer``)."""

_COMMON = (
    UNITS_OF
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

_FETCH_JOB = """
local function fetch_job(key)  -- and delete it: if the worker is lost, the owner sends the chunk again
  local data = redis.call('HGET', key, 'data')
  redis.call('DEL', key)
  return data
end
"""

TAKE = (
    _COMMON
    + _FETCH_JOB
    + """
local function charge(base, caller, run, item)
  local units = units_of(item)
  local price = tonumber(redis.call('GET', base .. ':price:' .. caller .. ' ' .. run) or ARGV[1])
  redis.call('ZINCRBY', base .. ':callers', units * price, caller)
  redis.call('ZINCRBY', base .. ':runs:' .. caller, units * price, run)
  return units * price
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
      local cost_s = waits and charge(base, caller, run, item)
      leave_if_empty(base, caller, run)
      if waits then return item, cost_s end
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
local lead_key, first_bulk = KEYS[1], 2 + 2 * tonumber(ARGV[4])
local lead_s = tonumber(redis.call('GET', lead_key) or 0)
local function bulk_waits()
  for i = first_bulk, #KEYS, 2 do
    if redis.call('EXISTS', KEYS[i]) == 1 then return true end
  end
end
local function add_to_lead(position, cost_s)
  if position < first_bulk then
    if not bulk_waits() then return end
  else
    cost_s = -cost_s
  end
  if lead_s + cost_s > 0 then
    redis.call('SET', lead_key, lead_s + cost_s, 'EX', ARGV[3])
  elseif lead_s > 0 then
    redis.call('DEL', lead_key)
  end
end
for i = 6, #ARGV, 2 do redis.pcall('SET', ARGV[i], ARGV[i + 1], 'EX', ARGV[3]) end  -- a full Redis refuses
local order, first = {}, lead_s >= tonumber(ARGV[5]) and first_bulk or 2
for i = first, #KEYS, 2 do order[#order + 1] = i end
for i = 2, first - 1, 2 do order[#order + 1] = i end
for _, i in ipairs(order) do
  local list, base = KEYS[i], KEYS[i + 1]
  local head = redis.call('LINDEX', list, 0)
  if head then
    local has_turn = redis.call('HEXISTS', base .. ':waiting', head) == 1
    local item, cost_s
    if has_turn then item, cost_s = next_item(list, base) end
    item = item or redis.call('LPOP', list)
    if item then
      if cost_s then add_to_lead(i, cost_s) end
      return {list, item, fetch_job(ARGV[2] .. item)}
    end
  elseif redis.call('EXISTS', base .. ':callers', base .. ':waiting', base .. ':units') > 0 then
    forget_all(base)
  end
end
"""
)
"""Takes the next item of the first queue that has one; interactive queues come before bulk queues, up to a lead.

Keys: that of the lead, then the list of each queue and the prefix of its turns. Arguments: the price of a candidate of
an unknown flow, the prefix of jobs, how long prices and the lead are kept, how many of the queues are interactive, the
largest lead, then keys and values of new prices. Returns the list, the item, and the data
of its job, which it deletes; nothing if none waits.
"""

FETCH = (
    _COMMON
    + _FETCH_JOB
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
return fetch_job(KEYS[2])
"""
)
"""Forgets an item that is not in its list any more. Keys: the prefix of the turns, the job. Argument: the item.

Returns the data of the job, which it deletes.
"""

REMOVE = (
    _COMMON
    + """
local base, flow, total = KEYS[1], ARGV[1], 0
for i = 2, #ARGV do
  if redis.call('HDEL', base .. ':waiting', ARGV[i]) == 1 then total = total + units_of(ARGV[i]) end
end
uncount(base, flow, total)
"""
)
"""Forgets items of a flow that are taken out of the queue. Key: the prefix of the turns. Arguments: flow, items."""

COUNT_UNITS = (
    UNITS_OF
    + """
local size, total = 0, 0
for _, list in ipairs(KEYS) do size = size + redis.call('LLEN', list) end
if size > tonumber(ARGV[1]) then return nil end
for _, list in ipairs(KEYS) do
  for _, item in ipairs(redis.call('LRANGE', list, 0, -1)) do total = total + units_of(item) end
end
return total
"""
)
"""Returns how many units the items in some lists carry; nothing if there are more items than the argument allows."""
MOST_COUNTED = 500
"""Items that Redis is to count at most: half a millisecond, in which it serves no other client. 50,000 took 0.2 s, and
are counted by a thread of the API process."""
