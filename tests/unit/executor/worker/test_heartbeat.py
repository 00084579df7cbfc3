"""What a heartbeat does while Redis is away or full."""

import pytest
from redis import Redis
from structlog.testing import capture_logs

from services.executor.broker import redis_keys
from services.executor.worker import heartbeat
from services.executor.worker.heartbeat import Heartbeat
from tests.conftest import wait_until
from tests.support.rm_process import free_port

ABSENT = "Redis does not answer; start it or correct EXECUTOR_REDIS_URL"


@pytest.fixture
def beating():
    return Heartbeat(Redis(port=free_port()), "w", ["base"])


def test_an_absent_redis_is_logged_once_and_not_at_each_heartbeat(beating):
    with capture_logs() as lines:
        for _ in range(5):
            beating.set_available(False)
    assert [line["event"] for line in lines] == [ABSENT]
    assert "127.0.0.1:" in lines[0]["error"] or "localhost:" in lines[0]["error"]


def test_an_absent_redis_is_logged_again_after_a_while(beating, monkeypatch):
    monkeypatch.setattr(heartbeat, "LOG_EVERY_S", 0.0)
    with capture_logs() as lines:
        beating.set_available(False)
        beating.set_available(False)
    assert [line["event"] for line in lines] == [ABSENT] * 2


def test_a_heartbeat_makes_room_in_a_redis_that_is_full(redis_server):
    """Nothing else does while no request is in progress, and all workers would count as lost."""
    with Redis.from_url(redis_server.url) as redis:
        for n in range(100):
            redis.set(redis_keys.record(f"old{n}"), "x" * 100_000)
        redis.config_set("maxmemory", redis.info("memory")["used_memory"] - 1)
        full = Heartbeat(redis, "w", ["base"])
        with capture_logs() as lines:
            full.set_available(True)
        assert not redis.exists(redis_keys.worker("w")), "it was full"
        assert [line["event"] for line in lines] == ["Redis is full (raise its maxmemory)"]
        full.set_available(True)
        assert redis.exists(redis_keys.worker("w"))
        assert redis.smembers(redis_keys.workers("base")) == {b"w"}


def test_a_heartbeat_whose_connection_is_closed_in_the_middle_of_a_reply_goes_on(redis_server):
    """A worker without its thread would take work, and count as lost, until it is started again."""
    url = redis_server.url
    with Redis.from_url(url, socket_timeout=1) as redis, Redis.from_url(url) as admin:
        beating = Heartbeat(redis, "w", ["base"])
        beating.start()
        beating.set_available(True)
        admin.client_pause(600_000, all=False)
        try:
            wait_until(lambda: redis.connection_pool._in_use_connections)
            redis.connection_pool.disconnect()
            wait_until(lambda: beating._failure_logged_at is not None)
        finally:
            admin.client_unpause()
        wait_until(lambda: beating._failure_logged_at is None)
        assert redis.exists(redis_keys.worker("w"))
        beating.stop()
