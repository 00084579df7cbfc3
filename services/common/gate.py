"""Who a request comes from, and how much of theirs is in flight.

Decides whose key a request carries (``Authorization: Bearer KEY``, or ``/t/KEY/…`` from clients that can send no
header) and whether that caller may have more in flight. Without keys everybody is one caller, ``anonymous``, and
only loopback is served. A key in a path is taken out before anything here logs, counts or quotes the path.

Not promised: that a proxy in front does not log such a path; one allowance over several API processes, since each
counts for itself.
"""

import asyncio
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import structlog
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from clients.contract import Slug
from services.common.auth import Keys, is_loopback_address
from services.common.problems import ProblemError
from services.common.replies import PROBLEM_PAGES, problem_response

ANONYMOUS = "anonymous"
OPEN_PATHS = frozenset(
    {"/", "/healthz", "/readyz", "/version", "/metrics", "/openapi.json", "/docs", "/redoc"}
)
"""Answered without a key, as are the pages on problems: what probes, scrapers and readers ask for."""
OUR_API = "/v1/"
"""Its clients come back after a 429. Those of other wires take it for a failed program: they wait for their turn, and
so do those of foreign wires below this path, which a service names."""
WAIT_S = 600.0
"""Above the patience of any client we know of a wire not our own; they hang up, and are missed by nobody."""
RETRY_AFTER_S = 1
"""A caller's own requests end at the pace of its batches: seconds."""
_IN_PATH = "/t/"


@dataclass(slots=True)
class Caller:
    """What one caller has in flight."""

    name: str
    requests: int = 0
    items: int = 0
    left: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a request is answered, and then replaced."""


class Ticket:
    """One request's part of what its caller has in flight."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._items = 0
        self._kept = False
        caller.requests += 1

    def take(self, items: int, allowed: int, what: str) -> None:
        """Count the request's items; a caller with nothing in flight may bring any number.

        Raises:
            ProblemError: ``too-many-requests``.
        """
        before = self._caller.items
        if before and before + items > allowed:
            words = (
                f"{before} {what} of key {self._caller.name!r} are in flight and {items} more would be above"
            )
            raise _too_many(f"{words} {allowed}; come back later.")
        self._caller.items += items
        self._items += items

    def keep(self) -> None:
        """Let the items outlive the request: whoever carries them on calls ``give_back``."""
        self._kept = True

    def give_back(self) -> None:
        """The items are done. May be called twice."""
        self._caller.items -= self._items
        self._items = 0

    def leave(self) -> None:
        """The request is answered."""
        self._caller.requests -= 1
        self._caller.left.set()
        self._caller.left = asyncio.Event()
        if not self._kept:
            self.give_back()


def _too_many(detail: str) -> ProblemError:
    return ProblemError(Slug.TOO_MANY_REQUESTS, detail, retry_after_s=RETRY_AFTER_S)


def ticket_of(request: Request) -> Ticket:
    """The ticket that ``Gate`` gave a request."""
    ticket: Ticket = request.scope["state"]["ticket"]
    return ticket


def path_prefix(request: Request) -> str:
    """What to put before a path of ours that this client is to follow: its key, if it came in the path."""
    key = request.scope["state"].get("key_in_path")
    return _IN_PATH + quote(key, safe="") if key is not None else ""


class KeyInPath:
    """ASGI middleware, outermost: takes ``/t/KEY`` off the path."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection. The scope is changed in place: the server logs what is left in it."""
        if scope["type"] == "http" and scope["path"].startswith(_IN_PATH):
            key, _, rest = scope["path"].removeprefix(_IN_PATH).partition("/")
            scope["path"] = f"/{rest}"
            scope["raw_path"] = quote(scope["path"], safe="/:@!$&'()*+,;=~").encode()
            scope.setdefault("state", {})["key_in_path"] = key
        await self.app(scope, receive, send)


class Gate:
    """ASGI middleware: lets a request in if its key is known and its caller has not too much in flight."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        keys: Keys,
        variable: str,
        max_requests: int,
        foreign: Collection[str] = frozenset(),
    ) -> None:
        self.app = app
        self._foreign = foreign
        self._keys = keys
        self._variable = variable
        self._max_requests = max_requests
        self._callers: dict[str, Caller] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http" or _is_open(scope["path"]):
            await self.app(scope, receive, send)
            return
        try:
            name = self._name_of(scope)
            ticket = await self._admit(name, waits=self._waits(scope["path"]))
        except ProblemError as refused:
            await problem_response(Request(scope), refused)(scope, receive, send)
            return
        scope["state"]["ticket"] = ticket
        try:
            with structlog.contextvars.bound_contextvars(caller=name):
                await self.app(scope, receive, send)
        finally:
            ticket.leave()

    def _waits(self, path: str) -> bool:
        return not path.startswith(OUR_API) or path.rstrip("/") in self._foreign

    def _name_of(self, scope: Scope) -> str:
        given = _given(scope)
        if not self._keys:
            server = scope.get("server")
            if server and is_loopback_address(str(server[0])) is False:
                detail = f"This service has no key, so it serves its own machine only; set {self._variable}."
                raise ProblemError(Slug.UNAUTHORIZED, detail)
            return ANONYMOUS
        name = self._keys.holder(given) if given is not None else None
        if name is None:
            raise ProblemError(Slug.UNAUTHORIZED, "Send the header 'Authorization: Bearer <token>'.")
        return name

    async def _admit(self, name: str, *, waits: bool) -> Ticket:
        caller = self._callers.setdefault(name, Caller(name))
        with suppress(TimeoutError):
            async with asyncio.timeout(WAIT_S):
                while waits and caller.requests >= self._max_requests:
                    await caller.left.wait()
        if caller.requests >= self._max_requests:
            raise _too_many(f"{caller.requests} requests of key {name!r} are in flight; come back later.")
        return Ticket(caller)


def _is_open(path: str) -> bool:
    return path in OPEN_PATHS or path.startswith(PROBLEM_PAGES)


def _given(scope: Scope) -> str | None:
    """The key that came with a request; the header wins."""
    state: dict[str, Any] = scope.setdefault("state", {})
    scheme, _, given = Headers(scope=scope).get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return given.strip()
    found: str | None = state.get("key_in_path")
    return found
