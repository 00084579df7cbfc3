"""Too much work and an unreachable Redis get clear responses; no process needs a restart."""

import anyio
import httpx2
import pytest

from clients.contract import ProblemDetails
from services.executor.app import create_app
from services.executor.local.stack import LocalStack
from services.executor.settings import ExecutorSettings
from tests.conftest import BASE_ONLY, batch, wait_until

RIGHT = "def f(x):\n    return x + 1\n"
ASYNC = {"Prefer": "respond-async"}
IMPATIENT = {"EXECUTOR_REDIS_PATIENCE_S": "1"}


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
async def http(redis_server):
    """An API in this process that has a queue but no workers."""
    app = create_app(ExecutorSettings(redis_url=redis_server.url, max_queued_candidates=10, _env_file=None))
    transport = httpx2.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://t") as client,
    ):
        yield client


def numbered(count, **options):
    return batch(*(f"{RIGHT}# {n}\n" for n in range(count)), **options)


@pytest.mark.anyio
async def test_a_full_queue_refuses_with_the_time_to_come_back(http):
    first = await http.post("/v1/executions", json=numbered(8), headers=ASYNC)
    assert first.status_code == 202
    refused = await http.post("/v1/executions", json=numbered(3, cache=False))
    assert refused.status_code == 503
    assert ProblemDetails.model_validate_json(refused.content).slug == "queue-full"
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert (
        await http.post("/v1/executions", json=numbered(2, cache=False), headers=ASYNC)
    ).status_code == 202


@pytest.mark.anyio
async def test_cancelling_makes_room_again(http):
    first = await http.post("/v1/executions", json=numbered(10), headers=ASYNC)
    await http.delete(first.headers["location"])

    async def accepted():
        return (await http.post("/v1/executions", json=numbered(9), headers=ASYNC)).status_code == 202

    with anyio.fail_after(10):
        while not await accepted():  # noqa: ASYNC110 - room is made in another task
            await anyio.sleep(0.02)


@pytest.mark.anyio
async def test_an_empty_queue_takes_a_batch_above_the_bound(http):
    assert (await http.post("/v1/executions", json=numbered(50), headers=ASYNC)).status_code == 202


@pytest.mark.anyio
async def test_without_workers_the_api_is_not_ready(http):
    answer = await http.get("/readyz")
    assert answer.status_code == 503
    assert "acecoder worker" in answer.json()["workers"]


@pytest.mark.anyio
async def test_a_token_is_required_where_one_is_set(redis_server):
    app = create_app(ExecutorSettings(redis_url=redis_server.url, token="secret", _env_file=None))
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://t") as client:
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "secret"}):
            refused = await client.get("/v1/environments", headers=headers)
            assert refused.status_code == 401
            assert ProblemDetails.model_validate_json(refused.content).slug == "unauthorized"
            assert refused.headers["www-authenticate"] == "Bearer"
        right = await client.get("/v1/environments", headers={"Authorization": "Bearer secret"})
        assert right.status_code == 200
        assert (await client.get("/healthz")).status_code == 200


def test_redis_goes_away_and_comes_back(redis_server):
    with (
        LocalStack(workers=1, redis_url=redis_server.url, settings={**BASE_ONLY, **IMPATIENT}) as stack,
        httpx2.Client(base_url=stack.url, timeout=60) as http,
    ):
        workers = [worker.pid for worker in stack.workers]
        assert_what_waits_is_unscorable(http, redis_server)
        for headers in ({}, ASYNC):
            refused = http.post("/v1/executions", json=numbered(1), headers=headers)
            assert refused.status_code == 503
            assert ProblemDetails.model_validate_json(refused.content).slug == "queue-unavailable"
            assert refused.headers["retry-after"]
        assert http.get("/v1/jobs/any").status_code == 503
        assert http.get("/readyz").status_code == 503
        redis_server.start()
        wait_until(lambda: http.get("/readyz").is_success)
        answer = http.post("/v1/executions", json=numbered(3))
        assert [result["pass_rate"] for result in answer.json()["results"]] == [1.0] * 3
        assert [worker.pid for worker in stack.workers] == workers  # the same processes


def assert_what_waits_is_unscorable(http, redis_server):
    """Stops Redis in the middle of a request."""
    sleeps = "import time\nwhile True: time.sleep(1)\n"
    request = batch(RIGHT, sleeps, limits={"wall_s": 60, "total_wall_s": 60})
    with http.stream(
        "POST", "/v1/executions", json=request, headers={"Accept": "application/x-ndjson"}
    ) as answer:
        lines = answer.iter_lines()
        assert '"pass_rate":1.0' in next(lines)
        redis_server.stop()
        assert '"reason":"queue_unavailable"' in next(lines)
        assert '"runner_version"' in next(lines)
