"""Distributes requests over the replicas of one service; all requests about one prompt go to the same replica.

A replica computes the tokens of a prompt once for all candidates that arrive about the same time, and keeps scores in
its cache. So the prompt chooses the replica, by rendezvous hashing
(https://en.wikipedia.org/wiki/Rendezvous_hashing): when a replica is added or lost, only its own prompts move. If a
replica cannot be reached, its requests go to the next one in the prompt's order, and it is tried last for ``AVOID_S``.
"""

import hashlib
import time
from collections.abc import Sequence

import httpx2

from clients._transport.http import Http, Service
from clients.config import ClientConfig
from clients.errors import AceCoderError, CannotConnectError, ConnectionLostError

AVOID_S = 30.0
"""Seconds for which a replica that could not be reached is tried last: about what a restart takes."""


class Replicas:
    """The connections to all replicas of one service."""

    def __init__(self, config: ClientConfig, service: Service) -> None:
        """``config.url`` is one address, or several with commas between them.

        Raises:
            ValueError: an address is empty or malformed.
        """
        urls = dict.fromkeys(url.strip() for url in config.url.split(","))
        if "" in urls:
            raise ValueError(f"url {config.url!r}: an address beside a comma is empty; remove that comma")
        self._connections = {url: Http(config.with_given(url=url), service=service) for url in urls}
        self._avoided_until = dict.fromkeys(urls, 0.0)
        """On the monotonic clock."""

    def order(self, prompt: str = "") -> list[str]:
        """Return the addresses of all replicas; the first is the one for this prompt."""
        if len(self._connections) == 1:
            return list(self._connections)
        now = time.monotonic()

        def sort_key(url: str) -> tuple[bool, bytes]:
            digest = hashlib.blake2b(f"{url}\n{prompt}".encode(errors="replace")).digest()
            return now < self._avoided_until[url], digest

        return sorted(self._connections, key=sort_key)

    async def request(
        self,
        urls: Sequence[str],
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        read_s: float | None = None,
    ) -> httpx2.Response:
        """Send a request to the first replica of ``urls`` that can be reached.

        Raises:
            AceCoderError: no replica can be reached, or the one that was reached refused or failed.
        """
        error: AceCoderError | None = None
        for url in urls:
            try:
                return await self._connections[url].request(method, path, body, read_s=read_s)
            except (CannotConnectError, ConnectionLostError) as unreachable:
                self._avoided_until[url] = time.monotonic() + AVOID_S
                error = unreachable
        assert error is not None, "there is at least one replica"
        raise error

    async def aclose(self) -> None:
        """Close the connections of this event loop."""
        for connection in self._connections.values():
            await connection.aclose()
