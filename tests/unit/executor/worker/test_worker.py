"""The order in which a worker looks at its queues."""

import pytest
from redis import ConnectionError, Redis
from rq.serializers import JSONSerializer

from services.executor.broker import redis_keys
from services.executor.broker.turns import FairQueue
from services.executor.sandbox.environment import EnvironmentSpec
from services.executor.worker.worker import ExecutorWorker, queue_names


@pytest.fixture
def worker(redis_server):
    environments = {name: EnvironmentSpec(name=name) for name in "abc"}
    with Redis.from_url(redis_server.url) as redis:
        yield ExecutorWorker(
            queue_names(environments), queue_class=FairQueue, connection=redis, serializer=JSONSerializer
        )


def order(worker):
    return [queue.name.removeprefix(f"executor:{redis_keys.VERSION}:") for queue in worker._ordered_queues]


def test_environments_take_turns_within_a_priority(worker):
    worker.takes_turns = True
    bulk_of_a = worker.queues[3]
    worker.reorder_queues(bulk_of_a)
    assert order(worker) == [
        "a:interactive", "b:interactive", "c:interactive", "b:bulk", "c:bulk", "a:bulk",
    ]  # fmt: skip
    worker.reorder_queues(worker.queues[1])
    assert order(worker)[:3] == ["a:interactive", "c:interactive", "b:interactive"]


def test_a_worker_with_an_order_of_preference_keeps_it(worker):
    before = order(worker)
    worker.reorder_queues(worker.queues[3])
    assert order(worker) == before


def test_a_loop_that_starts_again_takes_the_place_of_the_one_that_could_not_deregister(worker):
    """RQ refuses a name that is in use, and a worker that Redis left without a loop would take no work."""
    worker.register_birth()
    worker.register_birth()
    assert worker.connection.hget(worker.key, "birth")


def test_a_redis_that_is_away_ends_no_loop(worker, monkeypatch):
    def refuse(*_):
        raise ConnectionError("Redis is away")

    monkeypatch.setattr(worker.connection, "hset", refuse)
    worker.last_heartbeat = None
    worker.heartbeat()
