"""Stops work for a client that hung up: the check, the exception that ends the work, and its answer."""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

IsDisconnected = Callable[[], Awaitable[bool]]
"""Returns whether the client hung up; ``Request.is_disconnected`` is one."""


class ClientGoneError(Exception):
    """The client hung up before its answer was ready. Its work is cancelled."""


def install(app: FastAPI) -> None:
    """Answer ``ClientGoneError`` with status 499."""
    app.add_exception_handler(ClientGoneError, _client_gone)


def _client_gone(_request: Request, _exc: Exception) -> Response:
    # nginx's status for a client that hung up. No client reads it; logs and metrics count it.
    return Response(status_code=499)
