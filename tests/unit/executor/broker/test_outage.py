"""What needs Redis is repeated while Redis is away, and not for longer than the caller allows."""

import asyncio
import math

import pytest
from redis import Redis, RedisError
from redis.exceptions import ConnectionError as RedisAway
from redis.exceptions import OutOfMemoryError, ResponseError
from structlog.testing import capture_logs

from services.executor.broker import outage
from services.executor.broker.outage import Outage, describe_failure, retry, retry_blocking
from tests.support.rm_process import free_port


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch):
    monkeypatch.setattr(outage, "RETRY_S", 0.001)


def failing(*errors):
    """A function that raises these errors, one a call, and then returns how often it was called."""
    calls = []

    def call():
        calls.append(1)
        if len(calls) <= len(errors):
            raise errors[len(calls) - 1]
        return len(calls)

    return call


def as_coroutine(function):
    async def call():
        return function()

    return call


class FullRedis:
    """Records that are evicted from a Redis with three of them."""

    def __init__(self):
        self.evicted = []

    def scan_iter(self, match, count):
        return iter(["a", "b", "c"])

    def unlink(self, *names):
        self.evicted += names
        return len(names)


def test_an_action_is_repeated_until_redis_answers():
    action = failing(RedisAway(), OSError())
    asyncio.run(retry(as_coroutine(action), patience_s=60))
    assert action() == 4  # three calls before


def test_after_the_patience_the_last_error_is_raised():
    with pytest.raises(RedisAway, match="third"):
        asyncio.run(retry(as_coroutine(failing(RedisAway("third"))), patience_s=-1))


def test_other_errors_are_raised_at_once():
    with pytest.raises(ValueError, match="mine"):
        asyncio.run(retry(as_coroutine(failing(ValueError("mine"))), patience_s=60))


def test_a_thread_repeats_its_action_until_its_end_comes_near():
    ends_at = math.inf

    def action():
        nonlocal ends_at
        ends_at = 0  # a worker that is stopped meanwhile
        raise RedisAway("stopped")

    with pytest.raises(RedisError, match="stopped"):
        retry_blocking(FullRedis(), action, lambda: ends_at)
    assert retry_blocking(FullRedis(), failing(RedisAway(), RedisAway()), lambda: math.inf) == 3


@pytest.mark.parametrize(
    "refusal",
    [
        OutOfMemoryError("command not allowed when used memory > 'maxmemory'."),
        ResponseError("Error running script: -OOM command not allowed when used memory > 'maxmemory'."),
    ],
    ids=["a command", "a command in a script, before Redis 7"],
)
def test_records_are_evicted_only_from_a_redis_that_is_full(refusal):
    redis = FullRedis()
    retry_blocking(redis, failing(RedisAway(), ResponseError("no such key")), lambda: math.inf)
    assert redis.evicted == []
    retry_blocking(redis, failing(refusal), lambda: math.inf)
    assert redis.evicted == ["a", "b", "c"]


def test_a_log_line_says_whether_redis_is_away_full_or_refuses(redis_server):
    """Of a real Redis: its answers have other classes in a script than for a command, and in other versions."""
    said = []
    with Redis.from_url(redis_server.url) as redis:
        try:
            redis.config_set("maxmemory", 1)
            for write in (lambda: redis.set("a", 1), lambda: redis.eval("redis.call('SET', 'a', 1)", 0)):
                with pytest.raises(RedisError) as full, capture_logs() as lines:
                    retry_blocking(redis, write, failing_after(2))
                said.append((describe_failure(full.value), lines[0]["event"]))
        finally:
            redis.config_set("maxmemory", 0)
        with pytest.raises(RedisError) as refused:
            redis.eval("no Lua", 0)
    assert (
        said
        == [("Redis is full (raise its maxmemory)", "Redis is full (raise its maxmemory); trying again")] * 2
    )
    assert describe_failure(refused.value).startswith("Redis refuses a command (")
    with Redis(port=free_port()) as away, pytest.raises(RedisError) as absent, capture_logs() as lines:
        retry_blocking(away, away.ping, failing_after(2))
    assert (
        lines[0]["event"]
        == f"{describe_failure(absent.value)}; trying again"
        == "Redis does not answer; trying again"
    )


def failing_after(attempts):
    """When to give up: at the ``attempts``th failure."""
    ends = iter([math.inf] * (attempts - 1))
    return lambda: next(ends, -math.inf)


def test_an_outage_begins_at_its_first_failure_and_heartbeats_may_lack_for_a_while_after_it(monkeypatch):
    now = 100.0
    monkeypatch.setattr(outage.time, "monotonic", lambda: now)
    state = Outage(patience_s=20)
    assert not state.may_lack_heartbeats
    state.record_failure()
    now = 115.0
    state.record_failure()
    assert not state.is_too_long
    now = 121.0
    assert state.is_too_long
    state.record_success()
    assert not state.is_too_long
    assert state.may_lack_heartbeats
    now = 127.0
    assert not state.may_lack_heartbeats
