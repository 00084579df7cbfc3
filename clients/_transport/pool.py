"""Opens the pool of connections to one service: directly, or through the proxy that the environment names."""

import socket
import urllib.request

import httpx2

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_LIMITS = httpx2.Limits(max_connections=64, keepalive_expiry=30)
"""Further requests wait in the pool; a batch is only a few requests. An idle one is closed after 30 s, before the
service closes it (``ServiceSettings.keep_alive_s``)."""
_KEEPALIVE = [
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    *(
        (socket.IPPROTO_TCP, getattr(socket, name), value)
        for name, value in (
            ("TCP_KEEPIDLE", 30),
            ("TCP_KEEPINTVL", 10),
            ("TCP_KEEPCNT", 3),
            ("TCP_USER_TIMEOUT", 60_000),
        )
        if hasattr(socket, name)  # not on every system
    ),
]
"""Options of each connection: if the service's host vanishes without a word, the system reports it after 60 s. Without
them, a request would wait for its whole time-out, since a service may be silent for long while it judges. The first
three are for a connection that is silent; the last one, in milliseconds, is for one on which data was sent and not
acknowledged, which the system would otherwise send again for a quarter of an hour."""


def open_pool(url: str, transport: httpx2.AsyncBaseTransport | None = None) -> httpx2.AsyncClient:
    """Return a client with a pool of connections to the service at ``url``; ``transport`` takes the network's place."""
    # A proxy named in the environment (HTTP_PROXY) must not be used for this machine itself.
    trust_env = httpx2.URL(url).host not in _LOOPBACK
    if transport is None and not (trust_env and urllib.request.getproxies()):
        # With a transport of its own, the library would not look for a proxy.
        transport = httpx2.AsyncHTTPTransport(trust_env=trust_env, limits=_LIMITS, socket_options=_KEEPALIVE)
    return httpx2.AsyncClient(base_url=url, transport=transport, trust_env=trust_env, limits=_LIMITS)
