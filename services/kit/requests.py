"""What surrounds a request: its id, its token and the size of its body."""

import hmac
import re
import uuid
from collections.abc import Awaitable, Callable

import structlog
from pydantic import SecretStr
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clients.contract import Slug
from services.kit.problems import ProblemError

_SAFE_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
"""Ids that may be echoed into headers and logs as they came."""


class RequestId:
    """ASGI middleware: takes ``X-Request-Id`` or makes one, binds it to the log, returns it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _SAFE_ID.fullmatch(given) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Request-Id"] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            await self.app(scope, receive, send_with_id)


def bearer(token: SecretStr | None) -> Callable[[Request], Awaitable[None]]:
    """Build the dependency that asks for ``Authorization: Bearer <token>``; compares in constant time."""
    expected = token.get_secret_value().encode() if token else None

    async def check(request: Request) -> None:
        if expected is None:
            return
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), expected):
            raise ProblemError(Slug.UNAUTHORIZED, "Send the header 'Authorization: Bearer <token>'.")

    return check


async def read_body(request: Request, max_bytes: int) -> bytes:
    """The body, never more than ``max_bytes`` of it in memory.

    Raises:
        ProblemError: ``body-too-large``; or the client went away while sending.
    """
    too_large = ProblemError(
        Slug.BODY_TOO_LARGE, f"The server takes at most {max_bytes} bytes; send fewer candidates at a time."
    )
    if int(request.headers.get("content-length") or 0) > max_bytes:
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
