"""Authenticates requests and limits what each caller has in flight.

A request carries its key in ``Authorization: Bearer KEY``, or in its path, ``/t/KEY/…``, from clients that cannot send
a header. The name of the key is the name of the caller. Without keys all requests belong to one caller, ``anonymous``,
and only loopback is served, by the names that ``hosts`` allows. A key in a path is removed before anything here logs,
counts or quotes the path.

Not promised: that a reverse proxy in front does not log such a path; one limit over several API processes, since each
process counts for itself.
"""

import asyncio
from collections.abc import Collection
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import structlog
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from clients.contract import Slug
from services.common.hosts import KeylessHosts
from services.common.keys import Keys, is_loopback_address
from services.common.problem_error import ProblemError
from services.common.replies import PROBLEM_PAGES, problem_response
from services.common.tickets import Caller, Ticket, too_many_requests

ANONYMOUS = "anonymous"
OPEN_PATHS = frozenset(
    {
        "/",
        "/healthz",
        "/readyz",
        "/health",
        "/ping",
        "/version",
        "/metrics",
        "/openapi.json",
        "/docs",
        "/status",
        "/live",
        "/history",
        "/execution",
    }
)
"""Answered without a key, as are the pages on errors: probes, scrapers and readers ask for these. ``/health`` and
``/ping`` are the reward model's, as vLLM has them; ``/execution`` is the executor's, a page without data."""
OUR_API = "/v1/"
"""Where our own API begins. Its clients try again after a 429. Clients of foreign APIs count a 429 as a failed
program, so their requests wait until there is room. A service names its foreign paths that begin like this one."""
WAIT_S = 600.0
"""Longest wait for room: above the time-out of every known client of a foreign API, so that it hangs up first."""
_IN_PATH = "/t/"
"""Prefix of a path that carries a key."""


def path_prefix(request: Request) -> str:
    """Return the prefix of a path that this client is to request next: its key, if it sent the key in the path."""
    key = request.scope["state"].get("key_in_path")
    return _IN_PATH + quote(key, safe="") if key is not None else ""


class KeyInPath:
    """ASGI middleware, outermost: removes ``/t/KEY`` from the path."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. The scope is changed in place, because the server logs the path that is in it."""
        if scope["type"] == "http" and scope["path"].startswith(_IN_PATH):
            key, _, rest = scope["path"].removeprefix(_IN_PATH).partition("/")
            scope["path"] = f"/{rest}"
            scope["raw_path"] = quote(scope["path"], safe="/:@!$&'()*+,;=~").encode()
            scope.setdefault("state", {})["key_in_path"] = key
        await self.app(scope, receive, send)


class Gate:
    """ASGI middleware: admits a request if its key is valid and its caller has room for one more."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        keys: Keys,
        hosts: KeylessHosts,
        variable: str,
        max_requests: int,
        foreign_v1_paths: Collection[str] = frozenset(),
    ) -> None:
        self.app = app
        self._foreign_v1_paths = foreign_v1_paths
        self._keys = keys
        self._hosts = hosts
        self._variable = variable
        self._max_requests = max_requests
        self._callers: dict[str, Caller] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or _is_open(scope["path"]):
            await self.app(scope, receive, send)
            return
        try:
            name = self._caller_name(scope)
            ticket = await self._admit(name, waits=self._is_foreign(scope["path"]))
        except ProblemError as refused:
            await problem_response(Request(scope), refused)(scope, receive, send)
            return
        scope["state"]["ticket"] = ticket
        try:
            with structlog.contextvars.bound_contextvars(caller=name):
                await self.app(scope, receive, send)
        finally:
            ticket.close()

    def _is_foreign(self, path: str) -> bool:
        return not path.startswith(OUR_API) or path.rstrip("/") in self._foreign_v1_paths

    def _caller_name(self, scope: Scope) -> str:
        key = _key_of(scope)
        if not self._keys:
            server = str((scope.get("server") or ("",))[0])
            if is_loopback_address(server) is False:
                detail = f"This service has no key, so it serves its own machine only; set {self._variable}."
                raise ProblemError(Slug.UNAUTHORIZED, detail)
            self._hosts.check(Headers(scope=scope), server)
            return ANONYMOUS
        name = self._keys.holder(key) if key is not None else None
        if name is None:
            raise ProblemError(Slug.UNAUTHORIZED, "Send the header 'Authorization: Bearer <key>'.")
        return name

    async def _admit(self, name: str, *, waits: bool) -> Ticket:
        caller = self._callers.setdefault(name, Caller(name))
        with suppress(TimeoutError):
            async with asyncio.timeout(WAIT_S):
                while waits and caller.requests >= self._max_requests:
                    await caller.request_ended.wait()
        if caller.requests >= self._max_requests:
            raise too_many_requests(
                f"{caller.requests} requests of key {name!r} are in flight; "
                "send it again after the seconds in Retry-After."
            )
        return Ticket(caller)


def _is_open(path: str) -> bool:
    return path in OPEN_PATHS or path.startswith(PROBLEM_PAGES)


def _key_of(scope: Scope) -> str | None:
    """Return the key that came with a request: that of the header, else that of the path."""
    state: dict[str, Any] = scope.setdefault("state", {})
    scheme, _, credentials = Headers(scope=scope).get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    key: str | None = state.get("key_in_path")
    return key
