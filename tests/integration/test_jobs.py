"""Jobs (status 202): polled, streamed, cancelled, and closed if the API process that ran them ended."""

from contextlib import asynccontextmanager

import httpx2
import pytest

from clients.contract import ExecutionSummary, Job
from services.executor.app import create_app
from services.executor.settings import ExecutorSettings
from tests.conftest import batch, wait_until

RIGHT = "def f(x):\n    return x + 1\n"
SLEEPS = "import time\nwhile True: time.sleep(1)\n"
ASYNC = {"Prefer": "respond-async"}


def start(http, request):
    answer = http.post("/v1/executions", json=request, headers=ASYNC)
    assert answer.status_code == 202, answer.text
    job = Job.model_validate_json(answer.content)
    assert answer.headers["location"] == f"/v1/jobs/{job.id}"
    return job


def get_job(http, job):
    return Job.model_validate_json(http.get(f"/v1/jobs/{job.id}").content)


def ended(http, job):
    now = get_job(http, job)
    return now if now.state in ("finished", "cancelled") else None


def test_a_job_runs_and_keeps_its_response(http):
    job = start(http, batch(*(f"{RIGHT}# job {n}\n" for n in range(40))))
    assert job.total == 40
    done = wait_until(lambda: ended(http, job))
    assert (done.state, done.done) == ("finished", 40)
    assert [result.index for result in done.response.results] == list(range(40))
    assert {result.pass_rate for result in done.response.results} == {1.0}
    assert ended(http, job) == done


def test_a_jobs_results_can_be_followed_and_read_again(http):
    job = start(http, batch(RIGHT, SLEEPS + "# follow", limits={"wall_s": 0.5, "total_wall_s": 0.5}))
    for _ in range(2):
        with http.stream("GET", f"/v1/jobs/{job.id}/results") as answer:
            *results, summary = [line for line in answer.iter_lines() if line]
        assert len(results) == 2
        assert ExecutionSummary.model_validate_json(summary).id == job.id


def test_a_cancelled_job_keeps_its_verdicts_and_gives_the_others_a_reason(http):
    job = start(
        http, batch(RIGHT, SLEEPS + "# cancel", limits={"wall_s": 60, "total_wall_s": 60}, cache=False)
    )
    wait_until(lambda: get_job(http, job).done == 1)
    answer = http.delete(f"/v1/jobs/{job.id}")
    cancelled = Job.model_validate_json(answer.content)
    assert (cancelled.state, cancelled.done) == ("cancelled", 2)
    judged, rest = cancelled.response.results
    assert judged.pass_rate == 1.0
    assert (rest.status, rest.reason, rest.reward) == ("unscorable", "cancelled", None)
    assert Job.model_validate_json(http.delete(f"/v1/jobs/{job.id}").content) == cancelled


def test_at_the_deadline_candidates_that_are_not_judged_get_a_reason(http):
    request = batch(
        RIGHT, SLEEPS + "# deadline", limits={"wall_s": 60, "total_wall_s": 60}, deadline_s=1, cache=False
    )
    judged, rest = http.post("/v1/executions", json=request).json()["results"]
    assert judged["pass_rate"] == 1.0
    assert (rest["status"], rest["reason"], rest["reward"]) == ("unscorable", "deadline", None)


@asynccontextmanager
async def api(redis_url):
    """An API process without workers, in this one."""
    app = create_app(ExecutorSettings(redis_url=redis_url, _env_file=None))
    transport = httpx2.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://t") as http,
    ):
        yield http


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_job_whose_api_ended_is_closed_by_the_next_request(redis_server):
    async with api(redis_server.url) as http:
        accepted = await http.post("/v1/executions", json=batch(RIGHT, SLEEPS), headers=ASYNC)
        assert accepted.json()["state"] == "queued"
    async with api(redis_server.url) as http:
        job = Job.model_validate_json((await http.get(accepted.headers["location"])).content)
        again = Job.model_validate_json((await http.get(accepted.headers["location"])).content)
    assert (job.state, job.done, job.total) == ("finished", 2, 2)
    assert [(result.id, result.reason) for result in job.response.results] == [
        ("0", "queue_unavailable"),
        ("1", "queue_unavailable"),
    ]
    assert again == job
