"""A proxy that cuts silent connections between client and service: answers that wait arrive all the same.

Service, proxy and clients share one event loop, and the proxy counts its turns in place of seconds, so that a busy
machine does not make the service silent. No worker runs: each request is answered at its deadline.
"""

import asyncio
import json
import os
import signal
import socket
import sys
from contextlib import asynccontextmanager, suppress

import httpx2
import pytest

from clients._transport import silence
from clients.config import ClientConfig
from clients.contract import UnscorableReason
from clients.errors import ConnectionLostError
from clients.executor import AsyncExecutor
from services.common.serving import ServiceServer, server_config
from services.executor.app import create_app
from services.executor.settings import ExecutorSettings
from tests.conftest import BASE_ONLY, batch
from tests.support.idle_proxy import idle_proxy

IDLE_S = 1.0
DEADLINE_S = 3.0
PROGRAM, TESTS = "def f(x): return x", ["assert f(1) == 1"]
NDJSON = {"accept": "application/x-ndjson"}


@asynccontextmanager
async def behind_proxy(redis_server, **settings):
    """An API process behind the proxy: yields the address of the proxy, and its cuts."""
    made = ExecutorSettings(redis_url=redis_server.url, _env_file=None, environments={"base": {}}, **settings)
    app = create_app(made)
    server = ServiceServer(server_config(app, made, stop_s=1), app)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        async with idle_proxy(f"http://127.0.0.1:{port}", IDLE_S) as (url, cuts):
            yield url, cuts
    finally:
        server.should_exit = True
        await serving


@pytest.mark.anyio
async def test_every_answer_that_waits_passes_a_proxy_that_cuts_silent_connections(redis_server):
    async with behind_proxy(redis_server, max_silence_s=0.3) as (url, cuts):
        config = ClientConfig(url=url, attempts=1)
        request = batch(PROGRAM, deadline_s=DEADLINE_S)
        async with (
            AsyncExecutor(config=config) as executor,
            httpx2.AsyncClient(base_url=url, timeout=60) as http,
        ):

            async def whole():
                return (await executor.execute([PROGRAM], TESTS, deadline_s=DEADLINE_S)).results

            async def stream():
                return [result async for result in executor.stream([PROGRAM], TESTS, deadline_s=DEADLINE_S)]

            async def job():
                handle = await executor.submit([PROGRAM], TESTS, deadline_s=DEADLINE_S)
                return [result async for result in handle.stream()]

            async def plain_json():
                answer = await http.post("/v1/executions", json=request)
                assert answer.status_code == 200
                return json.loads(answer.content)["results"]

            async def json_a_line():
                answer = await http.post("/v1/executions", json=request, headers=NDJSON)
                lines = [json.loads(line) for line in answer.content.splitlines()]
                return lines[:-1]

            answers = await asyncio.gather(whole(), stream(), job(), plain_json(), json_a_line())
        reasons = [
            [result["reason"] if isinstance(result, dict) else result.reason for result in results]
            for results in answers
        ]
        assert reasons == [["deadline"]] * 5
        assert cuts == []


@pytest.mark.anyio
async def test_without_blanks_the_proxy_cuts_the_answer(redis_server):
    """What the test above would not notice if its proxy cut nothing. Answers of foreign APIs stay silent."""
    async with behind_proxy(redis_server, max_silence_s=3600) as (url, cuts):
        config = ClientConfig(url=url, attempts=1)
        async with AsyncExecutor(config=config) as executor:
            with pytest.raises(ConnectionLostError):
                await executor.execute([PROGRAM], TESTS, deadline_s=60)
        assert len(cuts) == 1


@asynccontextmanager
async def api_process(redis_server, max_silence_s):
    """An API process of its own, which can be frozen: yields it, and its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {
        "EXECUTOR_REDIS_URL": redis_server.url,
        "EXECUTOR_MAX_SILENCE_S": str(max_silence_s),
        **BASE_ONLY,
    }
    command = [sys.executable, "-m", "services.executor.app", "127.0.0.1", str(port)]
    process = await asyncio.create_subprocess_exec(*command, env={**os.environ, **settings})
    url = f"http://127.0.0.1:{port}"
    try:
        async with httpx2.AsyncClient() as http:
            while True:
                with suppress(httpx2.HTTPError):
                    if (await http.get(f"{url}/healthz")).is_success:
                        break
                await asyncio.sleep(0.1)
        yield process, url
    finally:
        process.kill()
        await process.wait()


@pytest.mark.anyio
@pytest.mark.parametrize("is_stream", [True, False], ids=["stream", "whole answer"])
async def test_a_client_gives_up_an_answer_of_a_service_that_is_frozen(redis_server, monkeypatch, is_stream):
    """It has seen blanks, and then none: it need not wait for ``read_s``, a quarter of an hour."""
    monkeypatch.setattr(silence, "LEAST_SILENCE_S", 5.0)
    async with api_process(redis_server, 0.2) as (process, url):
        config = ClientConfig(url=url, attempts=1)
        async with AsyncExecutor(config=config) as executor:

            async def read():
                if is_stream:
                    return [result async for result in executor.stream([PROGRAM], TESTS, deadline_s=250)]
                return await executor.execute([PROGRAM], TESTS, deadline_s=250)

            reading = asyncio.create_task(read())
            while not executor._http._silence.has_seen_blank:  # noqa: ASYNC110 - the client has no event for it
                await asyncio.sleep(0.05)
            process.send_signal(signal.SIGSTOP)
            with pytest.raises(ConnectionLostError, match="frozen"):
                await asyncio.wait_for(reading, 120)


@pytest.mark.anyio
async def test_an_answer_that_waits_for_far_longer_than_a_silence_is_not_given_up(redis_server, monkeypatch):
    monkeypatch.setattr(silence, "LEAST_SILENCE_S", 3.0)
    async with api_process(redis_server, 0.2) as (_, url):
        config = ClientConfig(url=url, attempts=1)
        async with AsyncExecutor(config=config) as executor:
            results = [result async for result in executor.stream([PROGRAM], TESTS, deadline_s=10)]
            assert executor._http._silence.has_seen_blank
        assert [result.reason for result in results] == [UnscorableReason.DEADLINE]
