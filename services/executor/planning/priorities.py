"""Decides the priority of a request that names none. Pure.

A small request is interactive and goes before all bulk work, because a person may wait for it. A trainer that sends
each candidate in a request of its own sends a bulk run in small pieces: its requests beyond the first ones are bulk, so
that they take turns with the bulk work of others instead of keeping it waiting.
"""

from collections.abc import Iterable
from typing import Protocol
from weakref import WeakSet

from clients.contract import ExecutionRequest, Priority
from services.executor.planning.flows import Flow

SMALL_REQUEST = 16
"""Most candidates of a request that is interactive."""
MOST_INTERACTIVE = 32
"""Candidates of small requests that a flow may have in progress, in one API process, until the next small request is
bulk: several people. As long as that many are in progress all the time, bulk work waits. With 64, a trainer that has 80
candidates in progress kept others waiting for seconds whenever the fast part of them was just being sent."""


class RequestInProgress(Protocol):
    """A request that is being run."""

    total: int
    flow: Flow

    @property
    def is_done(self) -> bool:
        """Whether all its candidates have a result."""
        ...


class Priorities:
    """Chooses priorities in one API process."""

    def __init__(self) -> None:
        self._small: dict[Flow, WeakSet[RequestInProgress]] = {}
        """Small requests of each flow. A request that is dropped without an end leaves the set by itself."""

    def choose(self, request: ExecutionRequest, flow: Flow) -> Priority:
        """Return the priority of a request of ``flow``: the one that it names, or else the one that fits its size."""
        if request.priority is not None:
            return request.priority
        size = len(request.candidates)
        if size > SMALL_REQUEST or _exceeds(MOST_INTERACTIVE - size, self._small.get(flow, ())):
            return Priority.BULK
        return Priority.INTERACTIVE

    def add(self, request: RequestInProgress) -> None:
        """Note a request that begins."""
        if request.total <= SMALL_REQUEST:
            self._small.setdefault(request.flow, WeakSet()).add(request)
        for flow in [flow for flow, requests in self._small.items() if not requests]:
            del self._small[flow]


def _exceeds(limit: int, requests: Iterable[RequestInProgress]) -> bool:
    """Whether the requests that are not done have more candidates than ``limit``; stops counting there."""
    total = 0
    for request in requests:
        total += 0 if request.is_done else request.total
        if total > limit:
            return True
    return False
