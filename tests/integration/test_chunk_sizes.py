"""Requests that wait behind others are cut into larger chunks, and are judged as ever: real API, Redis and worker."""

import uuid

import httpx2
import pytest
from redis import Redis

from clients.contract import Job, Priority
from services.common.authentication import ANONYMOUS
from services.executor.broker import redis_keys, turns
from services.executor.broker.queue import units_of
from services.executor.local.redis import own_redis
from services.executor.local.stack import LocalStack
from services.executor.planning.flows import Flow
from tests.conftest import BASE_ONLY, wait_until

SUITES, SAMPLES = 2, 16
UNITS = SUITES * SAMPLES


def request(priority):
    """Returns a request of new programs; the last of each suite is wrong."""
    mark = uuid.uuid4().hex
    suites = [{"id": f"s{n}", "asserts": [f"assert f({n}) == {n + 1}"]} for n in range(SUITES)]
    programs = [f"def f(x): return x + {1 + (n == SAMPLES - 1)}\n# {mark} {n}" for n in range(SAMPLES)]
    candidates = [{"suite": suite["id"], "program": text} for suite in suites for text in programs]
    return {"suites": suites, "candidates": candidates, "priority": priority}


class Sender:
    """Sends jobs, and reads the queue and the results."""

    def __init__(self, redis, http):
        self._redis = redis
        self._http = http
        self.jobs = []

    def send(self, priority=Priority.BULK):
        """Sends a job; returns the sizes of its chunks."""
        body = request(priority)
        answer = self._http.post("/v1/executions", json=body, headers={"Prefer": "respond-async"})
        assert answer.status_code == 202, answer.text
        self.jobs.append(Job.model_validate_json(answer.content).id)
        return wait_until(lambda: self._sizes_of_last(priority))

    def _sizes_of_last(self, priority):
        items = self._redis.lrange(f"rq:queue:{redis_keys.queue('base', priority)}", 0, -1)
        sizes = [units_of(item.decode()) for item in items if item.decode().startswith(self.jobs[-1])]
        return sizes if sum(sizes) == UNITS else None

    def record_price(self, unit_s):
        """Notes how long a program of the caller took, as workers do."""
        with self._redis.pipeline() as pipe:
            for priority in Priority:
                name = redis_keys.queue("base", priority)
                pipe.set(*turns.price_of(name, str(Flow(ANONYMOUS)), 8, 8 * unit_s))
            pipe.execute()

    def rates(self, job):
        """Returns the pass rates of a job that has ended."""
        now = Job.model_validate_json(self._http.get(f"/v1/jobs/{job}").content)
        return [result.pass_rate for result in now.response.results] if now.state == "finished" else None


@pytest.fixture
def redis():
    """A Redis with the heartbeat of one worker, which does not exist: the queues fill."""
    with own_redis() as server, Redis.from_url(server.url) as client:
        client.sadd(redis_keys.workers("base"), "absent")
        client.set(redis_keys.worker("absent"), 1)
        yield server, client


@pytest.fixture
def sender(redis):
    server, client = redis
    with (
        LocalStack(workers=0, redis_url=server.url, settings=BASE_ONLY) as stack,
        httpx2.Client(base_url=stack.url, timeout=60) as http,
    ):
        yield Sender(client, http)


def test_chunks_grow_with_what_waits_and_outcomes_stay(redis, sender):
    idle, full = [8] * 4, [16] * 2
    assert sender.send() == idle
    assert sender.send() == idle, "how slow its programs are is not known yet"
    sender.record_price(0.005)
    assert sender.send() == full
    assert sender.send(Priority.INTERACTIVE) == idle, "no bulk work is judged before it"
    assert sender.send(Priority.INTERACTIVE) == full
    sender.record_price(0.1)
    assert sender.send() == idle, "slow programs are not judged one after another"
    with LocalStack(workers=1, redis_url=redis[0].url, settings=BASE_ONLY):
        for job in sender.jobs:
            assert wait_until(lambda job=job: sender.rates(job)) == ([1.0] * (SAMPLES - 1) + [0.0]) * SUITES
