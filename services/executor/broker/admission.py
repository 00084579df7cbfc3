"""Decides whether a request may join the queue, by how many candidates wait.

A count costs a round trip. While far less than the queue's limit waits, a count of a moment ago is good enough: what
this process has admitted since is added to it.

Not promised: that requests which reach several API processes at the same moment see each other. Each may then admit
what there is room for.
"""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis as AsyncRedis

from clients.contract import Slug
from services.common.problem_error import ProblemError
from services.executor.broker.queue import WorkQueue
from services.executor.broker.turn_scripts import COUNT_UNITS, MOST_COUNTED
from services.executor.metrics import Metrics, retry_after_s
from services.executor.planning.flows import Flow, may_queue

COUNT_AGAIN_S = 0.1
"""How long a count is used: a client that sends one small request after another makes ten in this time."""
SHARE_WITHOUT_COUNT = 0.5
"""Of the queue's limit: a request is admitted by an earlier count only up to this, since other API processes may have
admitted as much meanwhile."""


@dataclass(slots=True)
class _Count:
    """How many candidates wait in the queues of an environment."""

    counted_at: float
    candidates: int
    """Those counted, and those admitted since."""


class Admission:
    """Admits requests of one API process; lives in its event loop."""

    def __init__(self, redis: AsyncRedis, queue: WorkQueue, metrics: Metrics, most: int) -> None:
        """``most`` is how many candidates may wait in the queues of an environment."""
        self._count_units = redis.register_script(COUNT_UNITS)
        self._queue = queue
        self._metrics = metrics
        self._most = most
        self._counts: dict[str, _Count] = {}

    async def admit(self, environment: str, flow: Flow, candidates: int) -> None:
        """Refuse a request if too many candidates wait already, and its flow has its share of the queue.

        An empty queue admits a request of any size, and so does a full one if none of the request's flow waits.

        Raises:
            ProblemError: ``queue-full``, with the time that the queue needs at its recent rate.
        """
        if self._has_surely_room(environment, candidates):
            self._counts[environment].candidates += candidates
            return
        depth = await self.count_queued(environment)
        if depth and depth + candidates > self._most:
            await self._check_share(environment, flow, candidates, depth)
        self._counts[environment] = _Count(time.monotonic(), depth + candidates)

    def _has_surely_room(self, environment: str, candidates: int) -> bool:
        count = self._counts.get(environment)
        return (
            count is not None
            and time.monotonic() - count.counted_at < COUNT_AGAIN_S
            and count.candidates + candidates <= SHARE_WITHOUT_COUNT * self._most
        )

    async def _check_share(self, environment: str, flow: Flow, candidates: int, depth: int) -> None:
        waiting = await asyncio.to_thread(self._queue.count_by_flow, environment)
        if not may_queue(waiting, flow, candidates, self._most):
            raise ProblemError(
                Slug.QUEUE_FULL,
                f"{depth} candidates wait and {candidates} more would be above {self._most}; "
                "send it again after the seconds in Retry-After.",
                retry_after_s=retry_after_s(depth + candidates - self._most, self._metrics.rate_per_s()),
            )

    async def count_queued(self, environment: str) -> int:
        """Return how many candidates wait in the queues of an environment."""
        units: Any = await self._count_units(keys=self._queue.lists(environment), args=[MOST_COUNTED])
        return await asyncio.to_thread(self._queue.depth, environment) if units is None else int(units)
