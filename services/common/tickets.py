"""Counts what each caller has in flight: requests, and the items (candidates) in them.

``Gate`` gives each request a ticket. The route that handles it counts its items on the ticket.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field

from starlette.requests import Request

from clients.contract import Slug
from services.common.problem_error import ProblemError
from services.common.shares import has_room

RETRY_AFTER_S = 1
"""Room comes when an earlier request of the same caller ends, which takes seconds."""


@dataclass(slots=True)
class Caller:
    """What one caller has in flight."""

    name: str
    requests: int = 0
    items_of_run: Counter[str] = field(default_factory=Counter)
    """Items by run; those of requests without a run under the empty name. A run without items is not in it."""
    request_ended: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a request is answered, and then replaced by a new one."""

    @property
    def items(self) -> int:
        """How many items are in flight."""
        return self.items_of_run.total()


class Ticket:
    """One request's share of what its caller has in flight."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._items = 0
        self._run = ""
        self._kept = False
        caller.requests += 1

    @property
    def caller(self) -> str:
        """The name of the caller: that of its key, or ``anonymous``."""
        return self._caller.name

    def count_items(
        self, items: int, limit: int, noun: str, *, run: str = "", run_limit: int | None = None
    ) -> None:
        """Count the items of the request. A caller, or a run, with no items in flight may send any number.

        Raises:
            ProblemError: ``too-many-requests``, if the caller's items would exceed ``limit``, and those of the run its
                share of it (``shares``); or if the items of a run would exceed ``run_limit``.
        """
        before, runs = self._caller.items, self._caller.items_of_run
        if run_limit is not None and run and runs[run] and runs[run] + items > run_limit:
            reason = f"{runs[run]} {noun} of run {run!r} are in flight and {items} more would be above"
            raise too_many_requests(f"{reason} {run_limit}; send it again after the seconds in Retry-After.")
        share = limit / len({*runs, run})
        if not has_room(items, own=runs[run], of_caller=before, total=before, limit=limit, share=share):
            reason = (
                f"{before} {noun} of key {self._caller.name!r} are in flight and {items} more would be above"
            )
            raise too_many_requests(f"{reason} {limit}; send it again after the seconds in Retry-After.")
        runs[run] += items
        self._items += items
        self._run = run

    def keep_items(self) -> None:
        """Keep the items counted after the request is answered, until ``release_items`` is called."""
        self._kept = True

    def release_items(self) -> None:
        """Stop counting the items, which are done. May be called twice."""
        runs = self._caller.items_of_run
        runs[self._run] -= self._items
        if not runs[self._run]:
            del runs[self._run]
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
