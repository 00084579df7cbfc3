"""API processes of several versions share a Redis: each answers with what it can read of the records of the others."""

import json
import time
import uuid

import pytest
from fastapi.testclient import TestClient
from redis import Redis

from clients.contract import ExecutionSummary, Job, ProblemDetails, RunInfo
from services.executor.app import create_app
from services.executor.broker import redis_keys
from services.executor.settings import ExecutorSettings

CALLER = "anonymous"
EARLIER = ["night", 8, 2, time.time() - 100]
LATER = [*EARLIER, 1.5, 100.0, {"of": "a later version"}]
UNREADABLE = [b'{"run": "night"}', b'["night"]', b"night 8 2", b'["night", null, 2, 0]', b"\xff"]


@pytest.fixture
def http(redis_server):
    settings = ExecutorSettings(_env_file=None, redis_url=redis_server.url)
    with TestClient(create_app(settings)) as client:
        yield client


@pytest.fixture
def redis(redis_server):
    with Redis.from_url(redis_server.url) as client:
        yield client


def write_runs(redis, texts):
    for text in texts:
        execution = uuid.uuid4().hex
        redis.hset(redis_keys.runs(CALLER), execution, text)
        redis.set(redis_keys.owner(execution), f"{CALLER} night")


def test_runs_of_other_versions_are_listed_and_cancelled(http, redis):
    write_runs(redis, [json.dumps(EARLIER), json.dumps(LATER), *UNREADABLE])
    (info,) = [RunInfo.model_validate(info) for info in http.get("/v1/runs").json()]
    assert (info.run, info.executions, info.total, info.done, info.run_s) == ("night", 7, 16, 4, 1.5)
    assert info.age_s >= 100
    assert http.delete("/v1/runs/night").json()["executions"] == 7
    assert len(redis.keys("executor:x:*:results")) == 7, "each is told to end"


def test_kept_executions_that_cannot_be_read_are_left_out(http, redis):
    name = uuid.uuid4().hex
    redis.rpush(redis_keys.kept_list(CALLER), "another form", f'{name} {{"id": "{name}"}}', "word")
    redis.set(redis_keys.kept(name, CALLER), b"compressed in another way")
    assert http.get("/v1/executions").json() == [{"id": name}]
    assert http.get(f"/v1/executions/{name}").status_code == 404


def write_job(redis, **fields):
    name = uuid.uuid4().hex
    summary = ExecutionSummary(id=name, suites=[], runner_version="99").model_dump_json()
    job = {
        "state": "finished",
        "total": 0,
        "done": 0,
        "seats": "[]",
        "summary": summary,
        "caller": CALLER,
        **fields,
    }
    redis.hset(redis_keys.job(name), mapping={key: value for key, value in job.items() if value is not None})
    return f"/v1/jobs/{name}"


def test_a_job_of_another_version_is_answered(http, redis):
    job = Job.model_validate_json(http.get(write_job(redis, added="later")).content)
    assert (job.state, job.response.runner_version) == ("finished", "99")


@pytest.mark.parametrize(
    "fields", [{"state": "paused"}, {"summary": "{}"}, {"seats": "one"}, {"total": None}]
)
def test_a_job_that_cannot_be_read_is_left_to_a_process_of_its_version(http, redis, fields):
    response = http.get(write_job(redis, **fields))
    assert response.status_code == 503
    assert response.headers["retry-after"]
    assert "another version" in ProblemDetails.model_validate_json(response.content).detail


@pytest.mark.parametrize("path", ["/v1/environments", "/metrics", "/readyz", "/status", "/history?span=hour"])
def test_other_routes_answer_beside_records_of_other_versions(http, redis, path):
    redis.sadd(redis_keys.VERSIONS, "99.9")
    redis.sadd(redis_keys.workers("base", "99.9"), "new-worker")
    redis.sadd(redis_keys.workers("base"), "worker")
    redis.set(redis_keys.worker_profile("worker"), "Z")
    start = int(time.time()) // 10 * 10 - 20
    redis.hset(redis_keys.history("hour", start), mapping={"a-later-panel|line": "1.5", "queue-depth|": "2"})
    assert http.get(path).status_code in (200, 503)
