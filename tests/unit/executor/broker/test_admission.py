"""A request joins the queue or is refused, by a count of what waits or by an earlier one."""

import asyncio

import pytest
from prometheus_client import CollectorRegistry
from redis import Redis

from clients.contract import Priority, Slug
from services.common.problem_error import ProblemError
from services.executor.broker import admission
from services.executor.broker.broker import Broker
from services.executor.broker.queue import Item, QueuePlace, item_id
from services.executor.planning.flows import Flow
from services.executor.settings import ExecutorSettings
from tests.support.enqueueing import enqueue

MOST = 100
WAITING = QueuePlace("base", Priority.BULK, Flow("one caller", ""))


def _fill(redis_server, units):
    enqueue(redis_server.url, WAITING, [Item(item_id("e", 1, units), {"units": []})])


def _admit(redis_server, *steps):
    """Run steps with one API process: a number of candidates asks for admission, a function is called. Return for each
    request whether it was admitted, and how often Redis was asked.
    """

    async def run():
        settings = ExecutorSettings(_env_file=None, redis_url=redis_server.url, max_queued_candidates=MOST)
        broker = Broker(settings, CollectorRegistry())
        admitted = []
        try:
            for step in steps:
                if callable(step):
                    await asyncio.to_thread(step)
                    continue
                try:
                    await broker.admission.admit("base", WAITING.flow, step)
                    admitted.append(True)
                except ProblemError as problem:
                    if problem.slug is not Slug.QUEUE_FULL:
                        raise
                    admitted.append(False)
            return admitted
        finally:
            await broker.close()

    with Redis.from_url(redis_server.url) as redis:
        before = _counts(redis)
        return asyncio.run(run()), _counts(redis) - before


def _counts(redis):
    return redis.info("commandstats").get("cmdstat_evalsha", {"calls": 0})["calls"]


@pytest.fixture
def long_ago(monkeypatch):
    """A function after which every count is too old."""
    return lambda: monkeypatch.setattr(admission, "COUNT_AGAIN_S", 0)


@pytest.fixture(autouse=True)
def a_moment_ago(monkeypatch):
    """Counts stay good, however slow the machine is."""
    monkeypatch.setattr(admission, "COUNT_AGAIN_S", 3600)


def test_small_requests_are_admitted_by_an_earlier_count(redis_server):
    _admit(redis_server, 1)  # Redis has the script now
    assert _admit(redis_server, 1, 2, 3, 4) == ([True] * 4, 1)


def test_what_was_admitted_since_is_added_to_the_count(redis_server):
    _admit(redis_server, 1)
    assert _admit(redis_server, 20, 20, 20, 20, 20) == ([True] * 5, 3)  # a count each at 20, 60 and 100


def test_an_old_count_is_not_used(redis_server, long_ago):
    _admit(redis_server, 1)

    def fill():
        _fill(redis_server, MOST)

    assert _admit(redis_server, 1, fill, 1, long_ago, 1)[0] == [True, True, False]


def test_a_request_is_never_refused_by_an_earlier_count(redis_server):
    """An empty queue admits a request of any size."""
    _admit(redis_server, 1)
    assert _admit(redis_server, 10 * MOST, 10 * MOST, 1) == ([True] * 3, 3)


def test_a_full_queue_refuses_the_flow_that_fills_it(redis_server):
    _fill(redis_server, MOST)
    assert _admit(redis_server, 1)[0] == [False]
