"""What waits before a request, read from a real Redis."""

import asyncio

import pytest
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from clients.contract import Priority
from services.executor.broker import redis_keys, turns
from services.executor.broker.backlog import BacklogReader
from services.executor.broker.queue import Item, QueuePlace, item_id
from services.executor.planning.flows import Flow
from services.executor.planning.plan import NO_BACKLOG, Backlog
from tests.support.enqueueing import enqueue

OWN = QueuePlace("base", Priority.BULK, Flow("own"))
OWN_INTERACTIVE = QueuePlace("base", Priority.INTERACTIVE, Flow("own"))
OTHER = QueuePlace("base", Priority.BULK, Flow("other", "x"))
OTHER_INTERACTIVE = QueuePlace("base", Priority.INTERACTIVE, Flow("other"))
OTHER_ENVIRONMENT = QueuePlace("scientific", Priority.BULK, Flow("own"))


@pytest.fixture
def redis(redis_server):
    with Redis.from_url(redis_server.url) as client:
        yield client


@pytest.fixture
def put(redis_server):
    """Enqueues a chunk of so many units."""

    def put(place, units):
        item = item_id(f"{place.flow.caller}{place.priority}", 1, units)
        enqueue(redis_server.url, place, [Item(item, {"units": []})])

    return put


@pytest.fixture
def read(redis_server):
    """Reads what waits before 100 more units at a place, while others announce units of their own."""

    def read(place, *announced, url=redis_server.url):
        async def work():
            async with AsyncRedis.from_url(url) as connection:
                reader = BacklogReader(connection)
                return await announce(reader, [*announced, (place, 100)], {})

        async def announce(reader, left, earlier):
            if not left:
                return await reader.read(place, 100, earlier)
            with reader.announce(*left[0]) as earlier:
                return await announce(reader, left[1:], earlier)

        return asyncio.run(work())

    return read


def test_an_idle_queue_has_no_backlog(read):
    assert read(OWN) == NO_BACKLOG


def test_bulk_work_waits_for_its_own_and_for_all_that_is_interactive(put, read):
    for place, units in ((OWN, 900), (OTHER_INTERACTIVE, 5_000), (OTHER_ENVIRONMENT, 7)):
        put(place, units)
    assert read(OWN).units == 5_900


def test_an_interactive_request_does_not_wait_for_bulk_work(put, read):
    for place, units in ((OWN, 9_000), (OTHER, 9_000), (OTHER_INTERACTIVE, 40)):
        put(place, units)
    assert read(OWN_INTERACTIVE).units == 40


def test_an_evaluation_beside_a_bulk_run_of_another_caller_waits_for_its_turns_only(put, read):
    put(OTHER, 64_000)
    assert read(OWN).units == 100


def test_units_that_are_being_sent_count_and_its_own_do_not(put, read):
    put(OWN, 10)
    announced = [(OWN, 1_000), (OTHER_INTERACTIVE, 50), (OTHER_ENVIRONMENT, 7)]
    assert read(OWN, *announced).units == 1_060


def test_an_announcement_ends_with_its_request(redis_server):
    async def work():
        async with AsyncRedis.from_url(redis_server.url) as connection:
            reader = BacklogReader(connection)
            with pytest.raises(ValueError, match="sent"), reader.announce(OWN, 5):
                raise ValueError("could not be sent")
            with reader.announce(OWN, 100) as earlier:
                return earlier, await reader.read(OWN, 100, earlier)

    assert asyncio.run(work()) == ({}, NO_BACKLOG)


def test_the_speed_is_that_of_the_flow_in_its_queue(redis, read):
    with redis.pipeline() as pipe:
        pipe.set(*turns.price_of(redis_keys.queue("base", Priority.BULK), str(OWN.flow), 8, 0.8))
        pipe.execute()
    assert read(OWN) == Backlog(0, 0.1)
    assert read(OWN_INTERACTIVE) == read(OTHER) == NO_BACKLOG


def test_without_redis_requests_are_cut_as_for_an_idle_stack(read):
    assert read(OWN, (OWN, 1_000), url="redis://127.0.0.1:1/0") == NO_BACKLOG
