"""The history in a real Redis: merged, bounded in fields, bytes and time; and kept while Redis is away."""

import asyncio
import time

import pytest
from prometheus_client import CollectorRegistry, Counter
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from services.common.dashboard.history import MetricHistory
from services.common.dashboard.panels import MOST_CHARS, Panel, PanelKind
from services.common.dashboard.store import RESOLUTIONS, Sums
from services.executor.broker.metric_history import MOST_BYTES, MOST_FIELDS, RedisHistory
from services.executor.panels import PANELS

HOUR, DAY = RESOLUTIONS
UNTIL = 1_700_000_000.0
JOBS = (Panel("Jobs", "jobs_total", PanelKind.RATE),)


@pytest.fixture
def on_redis(redis_server):
    """Runs a function of a history on a Redis of this test's own."""

    def run(work):
        async def connected():
            async with AsyncRedis.from_url(redis_server.url) as redis:
                return await work(RedisHistory(redis))

        return asyncio.run(connected())

    return run


def test_processes_add_to_one_bucket_which_expires(on_redis, redis_server):
    async def work(history):
        start = int(UNTIL) - 20
        await history.add(HOUR, start, Sums({"jobs|": 3.0}, {"depth|": 5.0}))
        await history.add(HOUR, start, Sums({"jobs|": 4.0}, {"depth|": 2.0}))
        return await history.read(HOUR, UNTIL)

    assert on_redis(work) == [(int(UNTIL) - 20, {"jobs|": 7.0, "depth|": 5.0})]
    with Redis.from_url(redis_server.url) as redis:
        (key,) = redis.keys("executor:history:*")
        assert 0 < redis.ttl(key) <= HOUR.span_s + HOUR.bucket_s


def test_a_bucket_that_is_not_over_is_not_read_nor_one_that_is_too_old(on_redis):
    async def work(history):
        for start in (int(UNTIL) - HOUR.span_s - 10, int(UNTIL) - HOUR.span_s, int(UNTIL) - 10, int(UNTIL)):
            await history.add(HOUR, start, Sums({"jobs|": 1.0}, {}))
        return [start for start, _ in await history.read(HOUR, UNTIL + 5)]

    assert on_redis(work) == [int(UNTIL) - HOUR.span_s, int(UNTIL) - 10]


def test_all_buckets_full_of_the_longest_names_take_no_more_than_is_stated(on_redis, redis_server):
    names = [
        f"{max((panel.slug for panel in PANELS), key=len)}|{number:0{MOST_CHARS}}"
        for number in range(MOST_FIELDS + 40)
    ]

    async def work(history):
        sums = Sums(dict.fromkeys(names, 0.123457), {})
        for resolution in RESOLUTIONS:
            await history.add(resolution, 0, sums)

    on_redis(work)
    with Redis.from_url(redis_server.url) as redis:
        size = 0
        for resolution in RESOLUTIONS:
            (key,) = redis.keys(f"executor:history:{resolution.name}:*")
            assert redis.hlen(key) == MOST_FIELDS
            size += redis.memory_usage(key, samples=0) * resolution.span_s // resolution.bucket_s
        assert size <= MOST_BYTES


def test_what_happened_while_redis_was_away_is_written_when_it_is_back():
    class Store:
        """A store that is away at first: labelled so, since a Redis cannot be away at a chosen moment."""

        is_away = True

        def __init__(self):
            self.added = []

        async def add(self, resolution, start, sums):
            if self.is_away:
                raise OSError("away")
            self.added.append((resolution.name, start, sums.added.get("jobs|", 0.0)))

    async def work():
        registry, store = CollectorRegistry(), Store()
        jobs = Counter("jobs", "Jobs", registry=registry)
        history = MetricHistory(registry, JOBS, store=store)
        bucket = int(time.time()) // 10
        for number in (1, 2):
            jobs.inc(number)
            history._last = history._read()
            history._make_sums(bucket + number)
            await history._write(1.0)
        assert not store.added
        store.is_away = False
        await history._write(1.0)
        return bucket, store.added

    bucket, added = asyncio.run(work())
    assert [row for row in added if row[0] == "hour"] == [
        ("hour", (bucket + 1) * 10, 1.0), ("hour", (bucket + 2) * 10, 2.0)
    ]  # fmt: skip


def test_the_names_of_the_panels_differ_in_the_history():
    assert len({panel.slug for panel in PANELS}) == len(PANELS)
