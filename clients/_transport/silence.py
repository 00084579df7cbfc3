"""Notices that an answer has fallen silent, from a service that announced how long it is silent at most.

While an answer waits, the service sends a blank whenever it has sent nothing for some seconds, and a header says how
many. So a long silence shows that the service is frozen or that the network loses everything, however long the answer
may take. The system's own probes (``pool``) do not show it: the host of a frozen process answers them, and so does a
proxy.

Not noticed: a silence before the headers, as a service takes a request in whatever time it needs. And nothing is
concluded before a blank has come from this address, because a proxy may keep blanks back.
"""

from collections.abc import AsyncIterator

import anyio
import httpx2

from clients.contract import MAX_SILENCE_HEADER

_MISSED = 4
"""Blanks that must be missing: one may be late while the service reads a large request, or a network recovers."""
LEAST_SILENCE_S = 60.0
"""The shortest silence that counts: as long as the system's probes take, and a process of the service may be busy."""


class Silence:
    """What is known of the silence of one address. Call ``watch`` for each answer, before its body is read."""

    def __init__(self) -> None:
        self.has_seen_blank = False
        """Whether blanks arrive from there."""

    async def watch(self, response: httpx2.Response) -> None:
        """Have the body of an answer raise ``httpx2.ReadError`` when it has fallen silent."""
        announced = response.headers.get(MAX_SILENCE_HEADER, "")
        if announced.replace(".", "", 1).isdecimal() and isinstance(response.stream, httpx2.AsyncByteStream):
            response.stream = _WatchedStream(response.stream, self, float(announced))


class _WatchedStream(httpx2.AsyncByteStream):
    """The body of an answer."""

    def __init__(self, stream: httpx2.AsyncByteStream, silence: Silence, announced_s: float) -> None:
        self._stream = stream
        self._silence = silence
        self._announced_s = announced_s
        self._limit_s = max(_MISSED * announced_s, LEAST_SILENCE_S)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        chunks = aiter(self._stream)
        while True:
            try:
                with anyio.fail_after(self._limit_s if self._silence.has_seen_blank else None):
                    chunk = await anext(chunks, None)
            except TimeoutError:
                raise httpx2.ReadError(
                    f"not a byte for {self._limit_s:g} s, and the service sends one every {self._announced_s:g} s: "
                    "it is frozen, or the network between is broken"
                ) from None
            if chunk is None:
                return
            self._silence.has_seen_blank |= chunk.isspace()
            yield chunk

    async def aclose(self) -> None:
        """Close the connection."""
        await self._stream.aclose()
