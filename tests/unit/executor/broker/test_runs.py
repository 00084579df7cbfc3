"""What ``/v1/runs`` reads from Redis of other API processes: their clocks may be wrong."""

import time

import pytest
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from services.executor.broker import runs
from services.executor.broker.runs import RunEntry, RunRegistry, write_entry


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.mark.anyio
@pytest.mark.parametrize("hours_off", [-5, 5])
async def test_the_age_of_a_run_does_not_depend_on_the_clocks_of_hosts(redis_server, monkeypatch, hours_off):
    with Redis.from_url(redis_server.url) as writing, writing.pipeline() as pipe:
        write_entry(pipe, "ann", RunEntry("e1", "night", 8, 2, age_s=212.0, run_s=1.5))
        write_entry(pipe, "ann", RunEntry("e2", "night", 4, 0, age_s=3.0))
        pipe.execute()
    now = time.time() + 3600 * hours_off
    monkeypatch.setattr(runs.time, "time", lambda: now)
    async with AsyncRedis.from_url(redis_server.url) as reading:
        (info,) = await RunRegistry(reading).list_runs("ann", {"night": 5})
    assert (info.age_s, info.executions, info.total, info.done, info.run_s) == (212.0, 2, 12, 2, 1.5)


def test_an_entry_of_an_older_version_has_the_time_of_its_acceptance_only():
    entry = RunEntry.decode("e1", b'["night", 8, 2, %d, 1.5]' % (time.time() - 100))
    assert 100 <= entry.age_s < 160
    ahead = RunEntry.decode("e1", b'["night", 8, 2, %d, 1.5]' % (time.time() + 3600))
    assert ahead.age_s == 0.0
