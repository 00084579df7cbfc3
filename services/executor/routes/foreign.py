"""The path that every wire we did not design shares: a request in, results before a given moment.

Holds a request while the queue is full or away, asks again for what the machinery lost, stops the work of a
client that hung up. How a result is said on a wire is the wire's business (``routes``); so is what becomes of
a candidate that has no verdict when time is up.
"""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing

from clients.contract import CandidateResult, ExecutionRequest, Slug, UnscorableReason
from services.common.problems import ProblemError
from services.executor.broker.broker import Broker
from services.executor.execution.execution import Execution
from services.executor.requests.validation import validate_request

LOOK_S = 0.25
"""How often it is looked whether the client still waits, and whether a full queue has room."""

_HELD = (Slug.QUEUE_FULL, Slug.QUEUE_UNAVAILABLE)
_ASKED_AGAIN = (
    UnscorableReason.WORKER_LOST,
    UnscorableReason.SANDBOX_FAILURE,
    UnscorableReason.QUEUE_UNAVAILABLE,
)

Gone = Callable[[], Awaitable[bool]]
"""Says whether the client hung up."""


class ClientGoneError(Exception):
    """Nobody waits for the answer; its work is cancelled."""


class Judge:
    """Judges for the wires of one process."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    async def results(
        self, request: ExecutionRequest, *, budget_s: float, gone: Gone
    ) -> list[CandidateResult]:
        """Return one result per candidate, in request order, within ``budget_s`` seconds.

        What has no verdict by then is ``unscorable`` (``deadline``, or why it was lost the last time).

        Raises:
            ProblemError: the request cannot be judged as sent, or the queue stayed full or away.
            ClientGoneError: the client hung up.
        """
        ends_at = time.monotonic() + min(budget_s, self._broker.settings.max_deadline_s)
        results: dict[int, CandidateResult] = {}
        missing: Sequence[int] = range(len(request.candidates))
        while missing:
            left_s = max(ends_at - time.monotonic(), 0.001)
            part = request.model_copy(
                update={"candidates": [request.candidates[index] for index in missing], "deadline_s": left_s}
            )
            execution = await self._started(part, ends_at, gone)
            with self._broker.metrics.running.track_inprogress():
                lines = await collect(execution, gone)
            for place, index in enumerate(missing):
                result = CandidateResult.model_validate_json(lines[place])
                results[index] = result.model_copy(update={"index": index})
            missing = [index for index in missing if results[index].reason in _ASKED_AGAIN]
            if time.monotonic() >= ends_at:
                break
        return [results[index] for index in range(len(request.candidates))]

    async def _started(self, request: ExecutionRequest, ends_at: float, gone: Gone) -> Execution:
        valid_request = validate_request(request.model_dump_json().encode(), self._broker.settings)
        while True:
            execution = Execution(uuid.uuid4().hex, valid_request, self._broker)
            try:
                await execution.start()
            except ProblemError as problem:
                if problem.slug not in _HELD or time.monotonic() + LOOK_S >= ends_at:
                    raise
                await asyncio.sleep(LOOK_S)
                if await gone():
                    raise ClientGoneError from problem
            else:
                return execution


async def collect(execution: Execution, gone: Gone) -> dict[int, bytes]:
    """Return the JSON of each ``CandidateResult`` by its position.

    Raises:
        ClientGoneError: the client hung up before the last; the rest is cancelled.
    """
    line_of: dict[int, bytes] = {}
    looked_at = time.monotonic()
    async with aclosing(execution.answers()) as answers:
        async for batch in answers:
            line_of.update(batch)
            if time.monotonic() - looked_at >= LOOK_S:
                looked_at = time.monotonic()
                if await gone():
                    raise ClientGoneError
    return line_of
