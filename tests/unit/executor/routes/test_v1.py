"""The routes of ``/v1`` as an ASGI server calls them: what a client leaves behind that hangs up."""

import json

import anyio
import anyio.lowlevel
import pytest
from redis import Redis

from clients.contract import Priority
from services.executor.app import create_app
from services.executor.broker import redis_keys
from services.executor.settings import ExecutorSettings
from tests.conftest import batch

QUEUES = tuple(f"rq:queue:{redis_keys.queue('base', priority)}" for priority in Priority)


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def redis(redis_server):
    with Redis.from_url(redis_server.url, decode_responses=True) as client:
        yield client


async def hang_up_once_accepted(app, accept):
    """Sends a request; its client hangs up when the request has been read. Returns the messages of the answer."""
    body = json.dumps(batch("def f(x): return x", cache=False)).encode()
    requests = [{"type": "http.request", "body": body, "more_body": False}]
    scope = {
        "type": "http", "method": "POST", "path": "/v1/executions", "raw_path": b"/v1/executions",
        "query_string": b"", "root_path": "", "scheme": "http", "http_version": "1.1",
        "headers": [(b"host", b"127.0.0.1"), (b"accept", accept.encode()), (b"content-type", b"application/json")],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2), "asgi": {"version": "3.0", "spec_version": "2.3"},
    }  # fmt: skip
    answer = []

    async def receive():
        return requests.pop() if requests else {"type": "http.disconnect"}

    async def send(message):
        await anyio.lowlevel.checkpoint()  # as a server, which may wait for the socket
        answer.append(message)

    await app(scope, receive, send)
    return answer


@pytest.mark.anyio
@pytest.mark.parametrize("accept", ["application/json", "application/x-ndjson"])
async def test_the_work_of_a_client_that_hangs_up_before_the_first_byte_is_cancelled(
    redis_server, redis, accept
):
    """No worker runs here: a chunk leaves the queue only because it is removed."""
    settings = ExecutorSettings(redis_url=redis_server.url, environments={"base": {}}, _env_file=None)
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        answer = await hang_up_once_accepted(app, accept)
        assert not any(message.get("body") for message in answer)
        with anyio.fail_after(60):
            while not redis.keys("executor:x:*:cancelled"):  # noqa: ASYNC110 - Redis has no event for it
                await anyio.sleep(0.02)
            while sum(map(redis.llen, QUEUES)) or redis.keys("executor:owner:*"):  # noqa: ASYNC110
                await anyio.sleep(0.02)
