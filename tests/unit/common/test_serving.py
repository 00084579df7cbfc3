"""A service that is asked to stop does not wait for the browsers that show its live page."""

import contextlib
import threading
import time

import httpx2
import uvicorn
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from services.common import app as common
from services.common.serving import ServiceServer
from services.common.settings import ServiceSettings


@contextlib.asynccontextmanager
async def nothing(_: FastAPI):
    yield


def test_an_open_live_page_ends_when_the_service_is_asked_to_stop():
    """Without a limit for requests in progress, so that a stream that stays open would keep the server for ever."""
    app = common.create_app(
        "A service", summary="", settings=ServiceSettings(_env_file=None), ready={}, lifespan=nothing,
        registry=CollectorRegistry(),
    )  # fmt: skip
    server = ServiceServer(uvicorn.Config(app, port=0, log_level="error"), app)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    with httpx2.stream("GET", f"http://127.0.0.1:{port}/live", timeout=60) as response:
        lines = response.iter_lines()
        assert next(lines) == "event: state"
        server.should_exit = True
        assert "event: samples" in list(lines), "the stream ends as a whole answer does"
        thread.join(60)
        assert not thread.is_alive(), "the server ended while the client was still there"
