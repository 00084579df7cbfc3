"""Names a request's method and id, limits the size of its body, and drains a body that was not read to its end."""

import re
import uuid
from asyncio import CancelledError

import structlog
from anyio import move_on_after
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clients.contract import Slug
from services.common import replies
from services.common.problem_error import ProblemError

LINGER_S = 5.0
"""Longest time that a stalled sender keeps a connection open after its answer."""
_SAFE_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
"""Ids that are safe in headers and logs."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})
"""The methods of RFC 9110 and 5789."""
OTHER_METHOD = "OTHER"
"""What every other method is called, in metrics, logs and answers."""


class KnownMethod:
    """ASGI middleware: gives each method outside of ``METHODS`` one name.

    Anyone may send any word as a method, without a key. Metrics have a series for each method, and keep it for ever.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. No route has such a method, so its name changes no answer but its text."""
        if scope["type"] == "http" and scope["method"] not in METHODS:
            scope["method"] = OTHER_METHOD
        await self.app(scope, receive, send)


class RequestId:
    """ASGI middleware: takes the request's ``X-Request-Id`` or makes one, adds it to log lines and to the answer.

    Unexpected exceptions, and requests that the end of the process cancels, are answered here. Otherwise the server
    would log them a second time, and answer them without problem details.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = Headers(scope=scope).get("x-request-id", "")
        if not _SAFE_ID.fullmatch(request_id):
            request_id = uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id

        started = False

        async def send_with_id(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                MutableHeaders(scope=message)["X-Request-Id"] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, send_with_id)
            except (Exception, CancelledError) as exc:
                if started:
                    raise
                await replies.unexpected(Request(scope), exc)(scope, receive, send_with_id)


class UnreadBody:
    """ASGI middleware: closes the connection after an answer that came before the end of the body (no key, too large).

    It is not closed at once: a client that is still sending would lose the answer. First the rest of the body is read
    and dropped, up to four times ``max_bytes`` and for at most ``LINGER_S``.
    """

    def __init__(self, app: ASGIApp, *, max_bytes: int) -> None:
        self.app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not _has_body(Headers(scope=scope)):
            await self.app(scope, receive, send)
            return
        ended = False

        async def receive_and_watch() -> Message:
            nonlocal ended
            message = await receive()
            ended = message["type"] != "http.request" or not message.get("more_body", False)
            return message

        async def send_and_linger(message: Message) -> None:
            if not ended and message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Connection"] = "close"
            if ended or message["type"] != "http.response.body" or message.get("more_body", False):
                await send(message)
                return
            await send({**message, "more_body": True})
            with move_on_after(LINGER_S):
                left = 4 * self._max_bytes
                while not ended and left > 0:
                    left -= len((await receive_and_watch()).get("body", b""))
            await send({"type": "http.response.body", "body": b"", "more_body": False})

        await self.app(scope, receive_and_watch, send_and_linger)


def _has_body(headers: Headers) -> bool:
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


async def read_body(request: Request, max_bytes: int) -> bytes:
    """Read the whole body, with at most ``max_bytes`` of it in memory.

    Raises:
        ProblemError: ``body-too-large``; or ``malformed-json``: the client hung up while sending.
    """
    too_large = ProblemError(
        Slug.BODY_TOO_LARGE, f"The server takes at most {max_bytes} bytes; send fewer candidates at a time."
    )
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > max_bytes:
        raise too_large
    chunks: list[bytes] = []
    size = 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > max_bytes:
                raise too_large
            chunks.append(chunk)
    except ClientDisconnect as exc:
        raise ProblemError(Slug.MALFORMED_JSON, "The body ended early.") from exc
    return b"".join(chunks)
