"""Redis is stopped, killed, halted, forgets everything, and is full: work in progress outlives it."""

import signal
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from clients.contract import ProblemDetails
from tests.chaos.judging import DEADLINE_S, SLOW, answered_once, programs, request, stream
from tests.conftest import wait_until

ASYNC = {"Prefer": "respond-async"}


def start_job(stage, count):
    """Where a new job is asked about."""
    with stage.client(DEADLINE_S) as http:
        return http.post("/v1/executions", json=request(programs(count, SLOW)), headers=ASYNC).headers[
            "location"
        ]


def ask(stage, where):
    """A job, or ``None`` while nobody can tell."""
    try:
        answer = httpx2.get(f"{stage.url}{where}", timeout=60)
    except httpx2.HTTPError:
        return None
    return answer.json() if answer.is_success else None


def ended(stage, where):
    job = ask(stage, where)
    return job if job and job["state"] == "finished" else None


@pytest.mark.parametrize("keeps", [True, False], ids=["and remembers", "and has forgotten"])
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def test_redis_is_started_again(stage, how, keeps):
    """Under a stream and a job; the workers and the API stay the processes they were."""
    before = [stage.api.pid, *(worker.pid for worker in stage.workers)]
    results = []
    for result in stream(stage, request(programs(40, SLOW))):
        results.append(result)
        if len(results) == 5:
            where = start_job(stage, 30)
            stage.redis_server.stop(how)
            stage.redis_server.start(keeps=keeps)
    assert answered_once(results, 40) == []
    job = wait_until(lambda: ended(stage, where), timeout_s=DEADLINE_S)
    assert answered_once(job["response"]["results"], 30) == []
    assert [stage.api.pid, *(worker.pid for worker in stage.workers)] == before


def test_nobody_waits_past_the_deadline_for_a_redis_that_hangs(stage):
    body = request(programs(30, SLOW), cache=False, deadline_s=4)
    results = []
    stream_of_results = stream(stage, body)
    results.append(next(stream_of_results))
    with stage.redis_server.halted():
        results += stream_of_results
        assert answered_once(results, 30)  # those that had not been judged


def refused(stage):
    """The answer to new work, once it is a refusal."""
    with stage.client(DEADLINE_S) as http:
        answer = http.post("/v1/executions", json=request(programs(4)))
    return answer if answer.status_code == 503 else None


def test_redis_is_full(stage):
    """Others have filled it: new work is refused, accepted work waits for room, and goes on when there is."""
    with stage.redis() as redis, ThreadPoolExecutor(1) as pool:
        results = stream(stage, request(programs(60, SLOW), cache=False))
        first = [next(results)]
        redis.config_set("maxmemory", 1)  # full, whatever gives way
        rest = pool.submit(lambda: list(results))
        answer = wait_until(lambda: refused(stage))
        assert ProblemDetails.model_validate_json(answer.content).slug == "queue-unavailable"
        assert int(answer.headers["retry-after"]) >= 1
        redis.config_set("maxmemory", 0)
        assert answered_once(first + rest.result(), 60) == []


def test_redis_is_full_of_old_results(stage):
    """They give way; nobody has to clean up."""
    with stage.redis() as redis:
        for n in range(2000):
            redis.set(f"executor:record:old{n}", "x" * 4000)
        redis.config_set("maxmemory", redis.info("memory")["used_memory"])
        try:
            wait_until(lambda: refused(stage) is None)
            results = list(stream(stage, request(programs(60))))
            assert answered_once(results, 60) == []
        finally:
            redis.config_set("maxmemory", 0)
        redis.delete(*redis.keys("executor:record:old*"))
