"""The API process is killed, or runs out of descriptors; clients disconnect."""

import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPConnection

import httpx2
import pytest

from clients import ClientConfig, Executor
from clients.contract import Priority
from clients.errors import NotFoundError
from services.executor.broker import redis_keys
from tests.chaos.judging import DEADLINE_S, SLOW, check_results, programs, request, stream
from tests.chaos.test_redis import ASYNC, ended
from tests.chaos.test_worker_faults import without_descriptors
from tests.conftest import wait_until

QUEUES = tuple(f"rq:queue:{redis_keys.queue('base', priority)}" for priority in Priority)


def retry_until_answered(stage, body):
    """Does what a client does when its connection breaks."""
    with stage.client(body["deadline_s"]) as http:

        def post():
            with suppress(httpx2.HTTPError):
                response = http.post("/v1/executions", json=body)
                return response if response.is_success else None

        return wait_until(post, timeout_s=DEADLINE_S).json()["results"]


def test_the_api_killed_while_clients_wait(stage):
    """A client that retries gets its results; of a job, every candidate gets a verdict or a reason."""
    with stage.client(DEADLINE_S) as http:
        accepted = http.post("/v1/executions", json=request(programs(40, SLOW)), headers=ASYNC)
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(retry_until_answered, stage, request(programs(40, SLOW))) for _ in range(2)]
        wait_until(stage.busy_worker)
        os.kill(stage.api.pid, signal.SIGKILL)
        for future in waiting:
            assert check_results(future.result(), 40) == []
    job = wait_until(lambda: ended(stage, accepted.headers["location"]), timeout_s=DEADLINE_S)
    check_results(job["response"]["results"], 40)
    assert ended(stage, accepted.headers["location"]) == job


@pytest.mark.parametrize("reads", ["wait", "stream"])
@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def test_a_job_whose_api_process_ended_is_started_again_by_its_client(stage, signal_number, reads):
    """The client has the request: it sends it to the API process that answers then."""
    config = ClientConfig(url=stage.url, connect_s=DEADLINE_S)
    with Executor(config=config) as executor:
        handle = executor.submit(programs(120, SLOW), ["assert f(1) == 2"], deadline_s=DEADLINE_S)
        first = handle.id
        wait_until(stage.busy_worker)
        os.kill(stage.api.pid, signal_number)
        results = handle.wait().results if reads == "wait" else list(handle.stream())
    assert check_results([result.model_dump(mode="json") for result in results], 120) == []
    assert handle.id != first or signal_number == signal.SIGTERM  # one that is stopped may finish the job


@pytest.mark.parametrize("reads", ["wait", "stream"])
def test_a_job_that_redis_and_its_api_process_have_lost_is_started_again_by_its_client(stage, reads, caplog):
    """The handle of an id alone cannot do that: its error says what to do."""
    config = ClientConfig(url=stage.url, connect_s=DEADLINE_S)
    with Executor(config=config) as executor:
        handle = executor.submit(programs(120, SLOW), ["assert f(1) == 2"], deadline_s=DEADLINE_S)
        first = handle.id
        of_id = executor.job(first)
        wait_until(stage.busy_worker)
        os.kill(stage.api.pid, signal.SIGKILL)
        stage.redis_server.stop(signal.SIGKILL)
        stage.redis_server.start(keeps=False)
        results = handle.wait().results if reads == "wait" else list(handle.stream())
        with pytest.raises(
            NotFoundError, match=f"No job '{first}'.*Redis came back without its data.*submit it again"
        ):
            of_id.wait()
    assert check_results([result.model_dump(mode="json") for result in results], 120) == []
    assert handle.id != first
    assert f"job {first} is not found: the service has lost it; its request is sent again" in caplog.text


def test_a_job_that_soon_ends_is_finished_before_its_api_process_stops(stage):
    with stage.client(DEADLINE_S) as http:
        accepted = http.post("/v1/executions", json=request(programs(4, SLOW)), headers=ASYNC)
    os.kill(stage.api.pid, signal.SIGTERM)
    job = wait_until(lambda: ended(stage, accepted.headers["location"]), timeout_s=DEADLINE_S)
    assert check_results(job["response"]["results"], 4) == []


@pytest.mark.parametrize("accept", ["application/json", "application/x-ndjson"])
def test_the_work_of_a_client_that_disconnects_is_cancelled(stage, accept):
    connection = HTTPConnection(stage.url.removeprefix("http://"), timeout=DEADLINE_S)
    body = request(programs(400, SLOW), cache=False)
    connection.request("POST", "/v1/executions", json.dumps(body), {"Accept": accept})
    with stage.redis() as redis:
        wait_until(lambda: sum(map(redis.llen, QUEUES)) > 0)
        if "ndjson" in accept:
            connection.getresponse().readline()
        connection.close()
        wait_until(lambda: sum(map(redis.llen, QUEUES)) == 0)
        wait_until(lambda: not redis.keys("executor:owner:*"))


def test_the_api_runs_out_of_descriptors(stage):
    """Connected clients get their results; new ones when there are descriptors again."""
    results = stream(stage, request(programs(60, SLOW), cache=False))
    first = [next(results)]
    with without_descriptors(stage.api.pid), pytest.raises(httpx2.HTTPError):
        httpx2.post(f"{stage.url}/v1/executions", json=request(programs(2)), timeout=2)
    assert check_results([*first, *results], 60) == []
