"""Which chunk a worker judges next while some of its chunks sleep. Redis and the jail are real; the queue is left out."""

import pytest
from redis import Redis

from clients.contract import Limits, OnTimeout, State, Suite
from services.executor.broker import redis_keys
from services.executor.worker import chunks
from services.executor.worker.chunks import ChunkRunner
from services.executor.worker.health import SandboxHealth
from services.executor.worker.heartbeat import OpenChunks
from tests.sandbox.judging import SMALL

AWAKE = "def f(x): return x + 1"
LIMITS = Limits(**{**SMALL, "wall_s": 9999.0, "total_wall_s": 9999.0})


@pytest.fixture
def worker(redis_server, own_jail, monkeypatch):
    """Return a function that runs a chunk of one program and returns whether it was left asleep."""
    monkeypatch.setattr(chunks, "MAX_PARKED", 1)
    redis = Redis.from_url(redis_server.url)
    redis.set(redis_keys.suite("s"), Suite(id="s", asserts=["assert f(1) == 2"]).model_dump_json())
    jails = {"base": own_jail}
    runner = ChunkRunner(redis, "w", jails, SandboxHealth(jails, lambda _available: None), OpenChunks())
    yield lambda number, program: runner.run(payload(number, program))["asleep"]
    for number in range(9):
        redis.set(redis_keys.cancelled(str(number)), 1)
    runner.close()
    redis.close()


def payload(number, program):
    return {
        "execution": str(number),
        "chunk": 1,
        "suite": "s",
        "invalid": [],
        "environment": "base",
        "limits": LIMITS.model_dump(),
        "state": State.SHARED,
        "on_timeout": OnTimeout.CONTINUE,
        "values": False,
        "units": [[0, "program", program, f"key {number}"]],
        "cache_ttl_s": 0,
        "left_s": 300.0,
    }


def sleeping(seconds):
    return f"import time\ntime.sleep({seconds})\n{AWAKE}"


def test_a_chunk_that_stays_awake_does_not_wait_for_sleeping_ones(worker):
    assert worker(1, sleeping(9999))
    assert not worker(2, AWAKE)
    assert not worker(3, AWAKE)


def test_one_sleeping_chunk_too_many_waits_for_the_first_that_is_done(worker):
    assert worker(1, sleeping(9999))
    assert not worker(2, sleeping(1.5))
    assert not worker(3, AWAKE)
