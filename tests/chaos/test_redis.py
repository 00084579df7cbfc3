"""Redis is stopped, killed, halted, loses its data, or is full: work in progress survives that."""

import signal
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from clients.contract import ProblemDetails
from tests.chaos.judging import DEADLINE_S, SLOW, check_results, programs, request, stream
from tests.conftest import wait_until

ASYNC = {"Prefer": "respond-async"}


def start_job(stage, count):
    """Starts a job; returns its path."""
    with stage.client(DEADLINE_S) as http:
        return http.post(
            "/v1/executions", json=request(programs(count, SLOW), run="job"), headers=ASYNC
        ).headers["location"]


def get_job(stage, path):
    """The job, or ``None`` while the service cannot answer."""
    try:
        response = httpx2.get(f"{stage.url}{path}", timeout=60)
    except httpx2.HTTPError:
        return None
    return response.json() if response.is_success else None


def ended(stage, path):
    job = get_job(stage, path)
    return job if job and job["state"] == "finished" else None


@pytest.mark.parametrize("keeps", [True, False], ids=["with its data", "without its data"])
@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def test_redis_is_restarted(stage, signal_number, keeps):
    """While a stream and a job are in progress; the workers and the API stay the same processes."""
    before = [stage.api.pid, *(worker.pid for worker in stage.workers)]
    results = []
    for result in stream(stage, request(programs(40, SLOW))):
        results.append(result)
        if len(results) == 5:
            path = start_job(stage, 30)
            stage.redis_server.stop(signal_number)
            stage.redis_server.start(keeps=keeps)
    assert check_results(results, 40) == []
    job = wait_until(lambda: ended(stage, path), timeout_s=DEADLINE_S)
    assert check_results(job["response"]["results"], 30) == []
    assert [stage.api.pid, *(worker.pid for worker in stage.workers)] == before


def test_no_client_waits_past_the_deadline_for_a_redis_that_hangs(stage):
    body = request(programs(30, SLOW), cache=False, deadline_s=4)
    results = []
    stream_of_results = stream(stage, body)
    results.append(next(stream_of_results))
    with stage.redis_server.halted():
        results += stream_of_results
        assert check_results(results, 30)  # those that had not been judged


def refused(stage):
    """The response to a new request, if it is a refusal."""
    with stage.client(DEADLINE_S) as http:
        response = http.post("/v1/executions", json=request(programs(4)))
    return response if response.status_code == 503 else None


def test_redis_is_full(stage):
    """With data that cannot be evicted: new work is refused; accepted work waits for room, and then goes on."""
    with stage.redis() as redis, ThreadPoolExecutor(1) as pool:
        results = stream(stage, request(programs(60, SLOW), cache=False))
        first = [next(results)]
        redis.config_set("maxmemory", 1)  # full, whatever is evicted
        rest = pool.submit(lambda: list(results))
        response = wait_until(lambda: refused(stage))
        problem = ProblemDetails.model_validate_json(response.content)
        assert (problem.slug, problem.detail.partition(" (")[0]) == ("queue-unavailable", "Redis is full")
        assert int(response.headers["retry-after"]) >= 1
        redis.config_set("maxmemory", 0)
        assert check_results(first + rest.result(), 60) == []


def test_redis_is_full_of_old_results(stage):
    """They are evicted; no person has to clean up."""
    with stage.redis() as redis:
        for n in range(2000):
            redis.set(f"executor:record:old{n}", "x" * 4000)
        redis.config_set("maxmemory", redis.info("memory")["used_memory"])
        try:
            wait_until(lambda: refused(stage) is None)
            results = list(stream(stage, request(programs(60))))
            assert check_results(results, 60) == []
        finally:
            redis.config_set("maxmemory", 0)
        redis.delete(*redis.keys("executor:record:old*"))
