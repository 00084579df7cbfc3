"""Decides which endpoint takes the next request, makes requests wait while none can, and opens endpoints again."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import anyio
from anyio.abc import TaskGroup

from services.synth.llm.endpoint import Endpoint

PauseListener = Callable[[str, float], None]
"""Receives the reason and the seconds of a pause in which no endpoint can be used."""


CLOCK_S = 0.001
"""A sleep may end this much early; the rest of it is not slept."""


@dataclass(slots=True)
class Slot:
    """The right to have some completions in flight at an endpoint."""

    endpoint: Endpoint
    units: int
    """Number of completions."""


@dataclass(slots=True)
class _Waiter:
    count: int
    event: anyio.Event = field(default_factory=anyio.Event)
    slot: Slot | None = None


class EndpointQueue:
    """Requests that wait for an endpoint, first come, first served."""

    def __init__(self, endpoints: Sequence[Endpoint], on_pause: PauseListener) -> None:
        self._endpoints = endpoints
        self._on_pause = on_pause
        self._waiters: deque[_Waiter] = deque()
        self._credit = dict.fromkeys(range(len(endpoints)), 0.0)
        self._reopening: set[int] = set()

    async def acquire(self, count: int) -> Slot:
        """Wait until an endpoint can take up to ``count`` completions of one prompt."""
        waiter = _Waiter(count)
        self._waiters.append(waiter)
        self._hand_out()
        try:
            await waiter.event.wait()
        except BaseException:
            if waiter.slot is None:
                self._waiters.remove(waiter)
            else:
                self._give_back(waiter.slot)
            raise
        assert waiter.slot is not None
        return waiter.slot

    def release(self, slot: Slot, tasks: TaskGroup) -> None:
        """Give a slot back. If its endpoint has closed itself, open it again in time, in the task group."""
        index = self._endpoints.index(slot.endpoint)
        if not slot.endpoint.is_open and index not in self._reopening:
            self._reopening.add(index)
            tasks.start_soon(self._reopen, index)
        self._give_back(slot)

    def _give_back(self, slot: Slot) -> None:
        slot.endpoint.in_flight -= slot.units
        self._hand_out()

    def _hand_out(self) -> None:
        while self._waiters:
            waiter = self._waiters[0]
            endpoint = self._choose(waiter.count)
            if endpoint is None:
                return
            self._waiters.popleft()
            waiter.slot = Slot(endpoint, endpoint.units(waiter.count))
            endpoint.in_flight += waiter.slot.units
            waiter.event.set()

    def _choose(self, count: int) -> Endpoint | None:
        """Return the endpoint whose turn it is among those with room: smooth weighted round robin."""
        free = [
            index
            for index, endpoint in enumerate(self._endpoints)
            if endpoint.has_room(endpoint.units(count))
        ]
        if not free:
            return None
        for index in free:
            self._credit[index] += self._endpoints[index].options.weight
        chosen = max(free, key=lambda index: self._credit[index])
        self._credit[chosen] -= sum(self._endpoints[index].options.weight for index in free)
        return self._endpoints[chosen]

    async def _reopen(self, index: int) -> None:
        """Wait until an endpoint may be used, and answers; then open it."""
        endpoint = self._endpoints[index]
        while True:
            pause_s = max(endpoint.opens_at - time.monotonic(), 0.0)
            if not any(other.is_open for other in self._endpoints):
                self._on_pause(endpoint.reason, pause_s)
            await anyio.sleep(pause_s)
            if endpoint.opens_at > time.monotonic() + CLOCK_S:
                continue  # another request has failed in the meantime
            failure = await endpoint.probe() if endpoint.needs_probe else None
            if failure is None:
                break
            endpoint.probe_failed(failure)
        endpoint.needs_probe = False
        endpoint.is_open = True
        self._reopening.discard(index)
        self._hand_out()
