"""What the queue writes beside its items, with a real Redis. Who is judged next: ``test_turns``."""

import pytest
from redis import Redis

from clients.contract import Priority
from services.executor.broker import redis_keys
from services.executor.broker.queue import QueuePlace, SuiteText, WorkQueue
from services.executor.planning.flows import Flow

PLACE = QueuePlace("base", Priority.BULK, Flow("caller", ""))
SUITE = SuiteText("key", "text")


@pytest.fixture
def redis(redis_server):
    with Redis.from_url(redis_server.url) as client:
        yield client


def test_a_suite_stays_for_the_request_that_needs_it_for_longest(redis):
    """A chunk of the first request may wait in the queue when the second has ended."""
    queue = WorkQueue(redis, ["base"])
    for ttl_s in (60, 3600, 60):
        queue.put(PLACE, [], [SUITE], None, ttl_s)
    assert redis.get(redis_keys.suite(SUITE.key)) == b"text"
    assert redis.ttl(redis_keys.suite(SUITE.key)) > 60
