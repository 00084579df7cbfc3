"""Counts what each caller has in flight: requests, and the items (candidates) in them.

``Gate`` gives each request a ticket. The route that handles it counts its items on the ticket.
"""

import asyncio
from dataclasses import dataclass, field

from starlette.requests import Request

from clients.contract import Slug
from services.common.problem_error import ProblemError

RETRY_AFTER_S = 1
"""Room comes when an earlier request of the same caller ends, which takes seconds."""


@dataclass(slots=True)
class Caller:
    """What one caller has in flight."""

    name: str
    requests: int = 0
    items: int = 0
    request_ended: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a request is answered, and then replaced by a new one."""


class Ticket:
    """One request's share of what its caller has in flight."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._items = 0
        self._kept = False
        caller.requests += 1

    @property
    def caller(self) -> str:
        """The name of the caller: that of its key, or ``anonymous``."""
        return self._caller.name

    def count_items(self, items: int, limit: int, noun: str) -> None:
        """Count the items of the request. A caller with no items in flight may send any number.

        Raises:
            ProblemError: ``too-many-requests``, if the caller's items would exceed ``limit``.
        """
        before = self._caller.items
        if before and before + items > limit:
            reason = (
                f"{before} {noun} of key {self._caller.name!r} are in flight and {items} more would be above"
            )
            raise too_many_requests(f"{reason} {limit}; send it again after the seconds in Retry-After.")
        self._caller.items += items
        self._items += items

    def keep_items(self) -> None:
        """Keep the items counted after the request is answered, until ``release_items`` is called."""
        self._kept = True

    def release_items(self) -> None:
        """Stop counting the items, which are done. May be called twice."""
        self._caller.items -= self._items
        self._items = 0

    def close(self) -> None:
        """Stop counting the request, which is answered."""
        self._caller.requests -= 1
        self._caller.request_ended.set()
        self._caller.request_ended = asyncio.Event()
        if not self._kept:
            self.release_items()


def too_many_requests(detail: str) -> ProblemError:
    """Return the error for a caller that has too much in flight."""
    return ProblemError(Slug.TOO_MANY_REQUESTS, detail, retry_after_s=RETRY_AFTER_S)


def ticket_of(request: Request) -> Ticket:
    """Return the ticket that ``Gate`` gave a request."""
    ticket: Ticket = request.scope["state"]["ticket"]
    return ticket
