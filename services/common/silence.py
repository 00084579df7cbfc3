"""Keeps an answer that is not ready from being silent: sends a blank whenever no byte was sent for some time.

Load balancers and proxies close a connection without a byte for a time, and an answer waits until something is judged.
A blank before a value is allowed in JSON, so each reader of JSON or of lines of JSON skips it; an empty line would stop
a reader that parses each line.

The status goes before the first byte, and cannot be changed after it. So only an answer whose status is decided may be
filled: once a request of ``/v1`` is accepted, its answer is 200, whatever becomes of its candidates. Answers of foreign
APIs are never filled, because a missing verdict is their status 503.

Not promised: that a proxy passes the blanks on. One that limits the whole time of an answer, and not its silence, has
to be set; see ``docs/scaling.md``.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import suppress
from typing import Any

from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from clients.contract import MAX_SILENCE_HEADER
from services.common.disconnects import ClientGoneError

BLANK = b" "
_UNBUFFERED = {"X-Accel-Buffering": "no"}
"""Makes nginx pass on what it has, a few bytes too. Otherwise a proxy in front of it would have the silence."""


class FilledStream(StreamingResponse):
    """A stream with a blank after each ``max_silence_s`` seconds without a byte. Its chunks are whole lines."""

    def __init__(self, chunks: AsyncIterator[bytes], *, max_silence_s: float, media_type: str) -> None:
        announced = {MAX_SILENCE_HEADER: f"{max_silence_s:g}"}  # clients notice a longer silence
        super().__init__(chunks, media_type=media_type, headers=_UNBUFFERED | announced)
        self._max_silence_s = max_silence_s
        self._sent_at = time.monotonic()
        self._sending = asyncio.Lock()
        """So that no blank is sent while a client that reads slowly holds up a chunk, or after the last one."""

    async def stream_response(self, send: Send) -> None:
        """Send the headers and the chunks."""

        async def send_in_turn(message: Message) -> None:
            async with self._sending:
                await send(message)
                self._sent_at = time.monotonic()

        filling = asyncio.create_task(self._fill(send))
        try:
            await super().stream_response(send_in_turn)
        finally:
            filling.cancel()

    async def _fill(self, send: Send) -> None:
        with suppress(OSError):  # the client hung up: the next chunk reports it
            while True:
                await asyncio.sleep(max(self._sent_at + self._max_silence_s - time.monotonic(), 0))
                async with self._sending:
                    if time.monotonic() - self._sent_at >= self._max_silence_s:
                        await send({"type": "http.response.body", "body": BLANK, "more_body": True})
                        self._sent_at = time.monotonic()


class _LateAnswer(FilledStream):
    """The answer of a task that has not ended yet. The task does not outlive it."""

    def __init__(self, task: asyncio.Task[bytes], *, max_silence_s: float, media_type: str) -> None:
        super().__init__(self._body(), max_silence_s=max_silence_s, media_type=media_type)
        self._task = task

    async def _body(self) -> AsyncIterator[bytes]:
        with suppress(ClientGoneError):
            yield await self._task

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            await _end(self._task)


async def answer_when_ready(
    work: Coroutine[Any, Any, bytes],
    *,
    max_silence_s: float,
    media_type: str = "application/json",
    is_accepted: Callable[[], bool] = lambda: True,
) -> Response:
    """Return the answer with the body that ``work`` returns; after ``max_silence_s``, one that is filled until then.

    ``is_accepted`` returns whether ``work`` can no longer refuse the request. Until then nothing is sent, so that an
    exception of ``work`` becomes an error answer. One that is raised later breaks the connection.
    """
    task = asyncio.create_task(work)
    is_late = False
    try:
        while not is_late:
            await asyncio.wait([task], timeout=max_silence_s)
            if task.done():
                return Response(task.result(), media_type=media_type)
            is_late = is_accepted()
        return _LateAnswer(task, max_silence_s=max_silence_s, media_type=media_type)
    finally:
        if not is_late:
            await _end(task)


async def _end(task: asyncio.Task[bytes]) -> None:
    """Cancel a task that has not ended, and wait for its clean-up. Its exception, if any, has nowhere to go."""
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled():
        task.exception()
