"""The keys of executions that have ended, deleted from a real Redis."""

import asyncio

import pytest
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from services.executor.broker import redis_keys
from services.executor.broker.ended_keys import EndedKeys


@pytest.fixture
def redis(redis_server):
    with Redis.from_url(redis_server.url) as client:
        yield client


def test_the_keys_of_several_executions_are_deleted_by_one_command_and_those_of_others_stay(
    redis_server, redis
):
    names = ["one", "two", "three"]
    for name in names:
        redis.set(redis_keys.owner(name), "flow")
        redis.xadd(redis_keys.results(name), {"0": "record"})
        redis.hset(redis_keys.taken(name), "1", "worker")

    async def end(*executions):
        async with AsyncRedis.from_url(redis_server.url) as connection:
            tasks = []
            ended = EndedKeys(connection, lambda work: tasks.append(asyncio.create_task(work)))
            for execution in executions:
                ended.add(execution)
            await asyncio.gather(*tasks)
            return len(tasks)

    assert asyncio.run(end("one", "two")) == 1
    assert redis.info("commandstats")["cmdstat_del"]["calls"] == 1
    assert sorted(key.decode() for key in redis.scan_iter()) == sorted(
        [redis_keys.owner("three"), redis_keys.results("three"), redis_keys.taken("three")]
    )


def test_an_execution_that_ends_while_others_are_deleted_is_deleted_after_them(redis_server, redis):
    async def end():
        async with AsyncRedis.from_url(redis_server.url) as connection:
            tasks = []
            ended = EndedKeys(connection, lambda work: tasks.append(asyncio.create_task(work)))
            for name in ("one", "two"):
                redis.set(redis_keys.owner(name), "flow")
                ended.add(name)
                await tasks[-1]
            return len(tasks)

    assert asyncio.run(end()) == 2
    assert list(redis.scan_iter()) == []
