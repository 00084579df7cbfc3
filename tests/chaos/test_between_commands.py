"""A worker is killed between two commands that it sends to Redis: no candidate is lost, and no key stays for ever.

In a nightly run only (``make test-thorough``): each moment needs two workers of its own.
"""

import os
import socket
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from redis import Redis

from services.executor.broker import redis_keys
from services.executor.local.stack import API, WORKER
from services.executor.parent_death import WORKER_NAME
from tests.chaos.judging import DEADLINE_S, check_results, programs, request
from tests.chaos.stage import SLOW_START_S, RedisServer
from tests.conftest import BASE_ONLY, THOROUGH, wait_until
from tests.support.command_proxy import CommandProxy

pytestmark = pytest.mark.skipif(
    not THOROUGH, reason="a nightly run has the time: HYPOTHESIS_PROFILE=thorough"
)
MOMENTS = {
    "after it took the item": ("EVALSHA", 1),
    "before it says that it has the chunk": ("EVALSHA", 3),
    "before its results count": ("EVALSHA", 5),
}
"""The command in place of which the worker is killed, and which of these it is. Each script is sent twice: the first
time Redis does not know it."""
KEPT_FOR_EVER = ("rq:queues", "rq:workers", "executor:versions", "executor:workers:")
"""Sets of names, which RQ and the executor clean up by themselves."""


@pytest.fixture
def redis_server():
    with tempfile.TemporaryDirectory(prefix="between-") as folder:
        server = RedisServer(Path(folder))
        server.start(keeps=False)
        yield server
        server.stop()


@contextmanager
def process(module, redis_url, *arguments, **variables):
    """A process of the executor, which ends with the block."""
    own = {
        "EXECUTOR_REDIS_URL": redis_url,
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
        **variables,
    }
    started = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        env={**os.environ, **BASE_ONLY, **own},
        start_new_session=True,
    )
    try:
        yield started
    finally:
        started.terminate()
        started.wait()


@contextmanager
def worker(redis, redis_url):
    """A worker that takes work."""
    name = redis_keys.new_worker_name()
    with process(WORKER, redis_url, **{WORKER_NAME: name}) as started:
        wait_until(lambda: redis.exists(redis_keys.worker(name)), timeout_s=SLOW_START_S)
        yield started


def without_expiry(redis):
    return [key for key in redis.scan_iter() if redis.ttl(key) == -1 and not key.startswith(KEPT_FOR_EVER)]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_up(http):
    try:
        return http.get("/healthz").is_success
    except httpx2.HTTPError:
        return False


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_worker_killed_between_two_commands(redis_server, moment):
    command, nth = MOMENTS[moment]
    port, proxy = free_port(), CommandProxy(redis_server.socket)
    with (
        Redis.from_url(redis_server.url, decode_responses=True) as redis,
        process(API, redis_server.url, "127.0.0.1", str(port)),
        httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=DEADLINE_S + 30) as http,
        worker(redis, proxy.url) as first,
        ThreadPoolExecutor(1) as pool,
    ):
        wait_until(lambda: is_up(http), timeout_s=SLOW_START_S)
        proxy.stop_at(lambda seen: seen[-1] == command and seen.count(command) == nth, first.kill)
        answer = pool.submit(http.post, "/v1/executions", json=request(programs(6)))
        wait_until(lambda: proxy.has_stopped, timeout_s=SLOW_START_S)
        with worker(redis, redis_server.url):
            assert check_results(answer.result().json()["results"], 6) == []
        assert without_expiry(redis) == []
    proxy.close()
