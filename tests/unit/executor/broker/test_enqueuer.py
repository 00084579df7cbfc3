"""What a script leaves in Redis when it enqueues chunks, read by RQ and by redis-py."""

import asyncio

import pytest
from prometheus_client import CollectorRegistry
from redis import Redis
from rq import Queue
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer

from clients.contract import Priority
from services.common.bodies import INLINE_BYTES
from services.executor.broker import redis_keys
from services.executor.broker.broker import Broker
from services.executor.broker.queue import Item, QueuePlace, SuiteText, WorkQueue, item_id
from services.executor.broker.turn_scripts import MOST_COUNTED
from services.executor.broker.turns import FairQueue
from services.executor.planning.flows import Flow
from services.executor.settings import ExecutorSettings
from tests.support.enqueueing import enqueue

PLACE = QueuePlace("base", Priority.BULK, Flow("a caller", "run"))
KEY = f"rq:queue:{PLACE.queue_name}"
TTL_S = 77


@pytest.fixture
def redis(redis_server):
    with Redis.from_url(redis_server.url) as client:
        yield client


def items(*numbers, at_front=False, program="x = 1"):
    return [
        Item(item_id("e", n, 1), {"units": [[n, "program", program, "key"]]}, at_front=at_front)
        for n in numbers
    ]


def take(redis):
    queues = [FairQueue(PLACE.queue_name, connection=redis, serializer=JSONSerializer)]
    return FairQueue.dequeue_any(queues, None, redis, serializer=JSONSerializer)


@pytest.mark.parametrize("chars", [1, INLINE_BYTES + 1])
def test_rq_reads_the_items_in_the_order_of_arrival_and_those_at_the_front_before(redis_server, redis, chars):
    enqueue(redis_server.url, PLACE, items(1, 2, program="x" * chars))
    enqueue(redis_server.url, PLACE, items(3, at_front=True))
    (queue,) = Queue.all(redis, serializer=JSONSerializer)
    assert queue.name == PLACE.queue_name
    assert queue.job_ids == ["e_3_1", "e_1_1", "e_2_1"]
    job = Job.fetch("e_2_1", redis, JSONSerializer)
    assert job.args == [{"units": [[2, "program", "x" * chars, "key"]]}]
    assert (job.origin, job.get_status(), job.timeout) == (PLACE.queue_name, JobStatus.QUEUED, -1)
    assert job.enqueued_at is not None


def test_items_and_suites_expire(redis_server, redis):
    enqueue(redis_server.url, PLACE, items(1), [SuiteText("one", '{"id": "é"}')], ttl_s=TTL_S)
    assert redis.get(redis_keys.suite("one")).decode() == '{"id": "é"}'
    for key in (redis_keys.suite("one"), Job.key_for("e_1_1")):
        assert TTL_S - 5 <= redis.ttl(key) <= TTL_S


def test_a_suite_stays_for_the_request_that_needs_it_for_longest(redis_server, redis):
    """A chunk of the first request may wait in the queue when the second has ended."""
    for ttl_s in (60, 3600, 60):
        enqueue(redis_server.url, PLACE, [], [SuiteText("key", "text")], ttl_s=ttl_s)
    assert redis.get(redis_keys.suite("key")) == b"text"
    assert redis.ttl(redis_keys.suite("key")) > 60


def test_what_was_enqueued_is_counted(redis_server, redis):
    enqueue(redis_server.url, PLACE, [Item(item_id("e", n, 8), {"units": []}) for n in range(2500)])
    queue = WorkQueue(redis, ["base"])
    assert queue.depth("base") == 20_000
    assert queue.count_by_flow("base") == {PLACE.flow: 20_000}


def test_a_worker_gets_the_job_and_redis_has_it_no_longer(redis_server, redis):
    enqueue(redis_server.url, PLACE, items(1, 2))
    redis.delete(Job.key_for("e_1_1"))  # it has expired: the item is passed over
    job, queue = take(redis)
    assert (job.id, queue.name) == ("e_2_1", PLACE.queue_name)
    assert job.args == [{"units": [[2, "program", "x = 1", "key"]]}]
    assert list(redis.scan_iter("rq:job:*")) == []
    assert take(redis) is None


@pytest.mark.parametrize("count", [0, 3, MOST_COUNTED, MOST_COUNTED + 1])
def test_admission_counts_what_waits_however_much_it_is(redis_server, count):
    if count:
        enqueue(redis_server.url, PLACE, [Item(item_id("e", n, 8), {"units": []}) for n in range(count)])

    async def count_queued():
        settings = ExecutorSettings(_env_file=None, redis_url=redis_server.url)
        broker = Broker(settings, CollectorRegistry())
        try:
            return await broker.admission.count_queued("base")
        finally:
            await broker.close()

    assert asyncio.run(count_queued()) == 8 * count
