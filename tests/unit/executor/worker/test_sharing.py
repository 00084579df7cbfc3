"""A worker gives programs back only if nothing waits, it is not alone, and their owner takes them back: a real Redis."""

import pytest
from redis import Redis

from services.executor.broker import redis_keys
from services.executor.local.redis import own_redis
from services.executor.worker.outbox import Outbox
from services.executor.worker.sharing import Sharing

UNITS = [(10, "key"), (11, "key"), (12, "key")]
PAYLOAD = {"execution": "x", "chunk": 3, "environment": "base", "takes_back": True}
BULK = f"rq:queue:{redis_keys.queue('base', 'bulk')}"


@pytest.fixture
def redis():
    with own_redis() as server, Redis.from_url(server.url) as client:
        client.sadd(redis_keys.workers("base"), "one", "two")
        yield client


def accepts(redis, **payload):
    """Whether two programs that are offered go to another worker."""
    accept = Sharing(redis, ["base"]).acceptor(PAYLOAD | payload, Outbox(redis, "x", 3, 0), UNITS)
    return accept([1, 2])


def messages(redis):
    return [fields for _id, fields in redis.xrange(redis_keys.results("x"))]


def test_the_numbers_of_the_units_are_sent_to_their_owner(redis):
    assert accepts(redis)
    assert messages(redis) == [{b"shares": b"3", b"units": b"11 12"}]


def test_nothing_is_given_back_while_something_waits(redis):
    redis.rpush(BULK, "item")
    assert not accepts(redis)
    redis.delete(BULK)
    assert accepts(redis)


def test_a_worker_that_is_alone_judges_all(redis):
    redis.srem(redis_keys.workers("base"), "two")
    assert not accepts(redis)
    assert messages(redis) == []


def test_an_owner_of_an_earlier_release_gets_nothing_back(redis):
    assert not accepts(redis, takes_back=False)
    assert messages(redis) == []
