"""How the client connects: to a service itself, or through the proxy that the environment names."""

import socket
from contextlib import asynccontextmanager

import anyio
import pytest

from clients._transport.http import Http
from clients.config import ClientConfig
from clients.errors import ProtocolError

pytestmark = pytest.mark.anyio
LONG_S = 4.0
"""Far longer than a busy machine takes to close a connection and to listen again."""


@asynccontextmanager
async def server():
    """Answer every request with ``{}``; yield the address, and the first line of each request."""
    lines = []

    async def answer(stream):
        async with stream:
            async for received in stream:
                lines.append(received.split(b"\r\n")[0].decode("latin-1"))
                await stream.send(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")

    async with (
        await anyio.create_tcp_listener(local_host="127.0.0.1") as listener,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(listener.serve, answer)
        yield f"http://127.0.0.1:{listener.extra(anyio.abc.SocketAttribute.local_port)}", lines
        tasks.cancel_scope.cancel()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


async def test_the_system_probes_whether_the_host_of_a_silent_service_is_still_there():
    async with server() as (url, _lines):
        http = Http(ClientConfig(url=url))
        response = await http.request("GET", "/healthz")
        connection = response.extensions["network_stream"].get_extra_info("socket")
        assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        if hasattr(socket, "TCP_KEEPIDLE"):
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 30
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 60_000
        await http.aclose()


async def test_a_proxy_of_the_environment_is_used_for_other_machines(monkeypatch):
    async with server() as (proxy, lines):
        monkeypatch.setenv("HTTP_PROXY", proxy)
        http = Http(ClientConfig(url="http://executor.example:8000"))
        await http.request("GET", "/healthz")
        await http.aclose()
    assert lines == ["GET http://executor.example:8000/healthz HTTP/1.1"]


async def test_a_proxy_of_the_environment_is_not_used_for_this_machine(monkeypatch):
    async with server() as (url, lines):
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        http = Http(ClientConfig(url=url))
        await http.request("GET", "/healthz")
        await http.aclose()
    assert lines == ["GET /healthz HTTP/1.1"]


async def test_https_to_a_service_without_tls_says_so_at_once():
    async with server() as (url, _lines):
        http = Http(ClientConfig(url=url.replace("http:", "https:"), connect_s=1))
        with pytest.raises(
            ProtocolError,
            match=r"no TLS with https://127.* a service without TLS has an address with http://",
        ):
            await http.request("GET", "/healthz")
        await http.aclose()


async def test_a_service_that_restarts_during_a_long_request_is_tried_for_connect_s_from_then_on():
    """And not from the request's begin, which may be minutes ago."""
    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as first:
        port = first.extra(anyio.abc.SocketAttribute.local_port)
        http = Http(ClientConfig(url=f"http://127.0.0.1:{port}", connect_s=LONG_S))
        answers = []

        async def request():
            answers.append((await http.request("GET", "/")).content)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(request)
            stream = await first.listeners[0].accept()
            await stream.receive()
            await anyio.sleep(LONG_S)
            await first.aclose()
            await stream.aclose()
            await anyio.sleep(LONG_S / 4)
            second = await anyio.create_tcp_listener(
                local_host="127.0.0.1", local_port=port, reuse_port=False
            )
            async with second, await second.listeners[0].accept() as stream:
                await stream.receive()
                await stream.send(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
        assert answers == [b"{}"]
        await http.aclose()
