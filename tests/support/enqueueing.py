"""Enqueues chunks from tests that are not asynchronous, as an API process does it."""

import asyncio

from redis.asyncio import Redis as AsyncRedis

from services.executor.broker.enqueuer import Enqueuer


def enqueue(url, place, items, suites=(), *, ttl_s=60):
    async def put():
        async with AsyncRedis.from_url(url) as redis:
            await Enqueuer(redis).put(place, items, suites, ttl_s)

    asyncio.run(put())
