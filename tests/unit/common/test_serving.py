"""How services are served: when idle connections are closed, and when the service stops."""

import contextlib
import threading
import time

import httpx2
import uvicorn
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from clients._transport import pool
from services.common import app as common
from services.common.serving import ServiceServer, server_config
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


def test_a_service_keeps_an_idle_connection_for_longer_than_our_clients_and_usual_balancers():
    """Otherwise it closes some at the moment when a client sends a request on them."""
    usual_s = 60
    settings = ServiceSettings(_env_file=None)
    kept_s = server_config(FastAPI(), settings, stop_s=1).timeout_keep_alive
    assert kept_s == settings.keep_alive_s
    assert kept_s > max(pool._LIMITS.keepalive_expiry, usual_s)
