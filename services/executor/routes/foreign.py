"""Judges one request of a foreign API and returns all results before the client's time-out.

Waits while the queue is full or unreachable, sends candidates again that the infrastructure lost, and cancels the work
of a client that hung up. The modules of the APIs decide how results are written, and what they answer for a candidate
without a verdict.
"""

import asyncio
import time
import uuid
from collections.abc import Sequence
from contextlib import aclosing

from starlette.requests import Request

from clients.contract import CandidateResult, ExecutionRequest, Slug, UnscorableReason
from services.common.disconnects import ClientGoneError, IsDisconnected
from services.common.problem_error import ProblemError
from services.common.tickets import ticket_of
from services.executor.broker.broker import Broker
from services.executor.execution.execution import Execution
from services.executor.requests.validation import validate

POLL_S = 0.25
"""How often a request in progress checks whether its client hung up, and a request that waits for room in the queue
tries again."""

_RETRIED_SLUGS = (Slug.QUEUE_FULL, Slug.QUEUE_UNAVAILABLE)
_RETRIED_REASONS = (
    UnscorableReason.WORKER_LOST,
    UnscorableReason.SANDBOX_FAILURE,
    UnscorableReason.QUEUE_UNAVAILABLE,
)


class Judge:
    """Judges the requests of all foreign APIs of one process."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    async def judge(
        self, request: ExecutionRequest, *, budget_s: float, sender: Request
    ) -> list[CandidateResult]:
        """Return one result per candidate, in request order, within ``budget_s`` seconds.

        ``sender`` is the HTTP request: whose key it carries, and whether its client is still connected. A candidate
        without a verdict by then is ``unscorable``. Its reason is ``deadline``, or that of its last loss.

        Raises:
            ProblemError: the request cannot be judged as sent, or the queue stayed full or unreachable.
            ClientGoneError: the client hung up.
        """
        is_disconnected, caller = sender.is_disconnected, ticket_of(sender).caller
        ends_at = time.monotonic() + min(budget_s, self._broker.settings.max_deadline_s)
        results: dict[int, CandidateResult] = {}
        missing: Sequence[int] = range(len(request.candidates))
        while missing:
            left_s = max(ends_at - time.monotonic(), 0.001)
            part = request.model_copy(
                update={"candidates": [request.candidates[index] for index in missing], "deadline_s": left_s}
            )
            execution = await self._start(part, caller, ends_at, is_disconnected)
            with self._broker.metrics.running.track_inprogress():
                lines = await collect(execution, is_disconnected)
            for position, index in enumerate(missing):
                # Parsed here for the first time: workers send tests as JSON, and ``/v1`` passes that on unread.
                result = CandidateResult.model_validate_json(lines[position])
                results[index] = result.model_copy(update={"index": index})
            missing = [index for index in missing if results[index].reason in _RETRIED_REASONS]
            if time.monotonic() >= ends_at:
                break
        return [results[index] for index in range(len(request.candidates))]

    async def _start(
        self, request: ExecutionRequest, caller: str, ends_at: float, is_disconnected: IsDisconnected
    ) -> Execution:
        """Start an execution; while the queue is full or unreachable, try again until ``ends_at``."""
        # No candidate is unreadable: ``services.common.bodies`` has replaced lone surrogates.
        valid_request = validate(request, {}, self._broker.settings)
        while True:
            execution = Execution(uuid.uuid4().hex, valid_request, self._broker, caller)
            try:
                await execution.start()
            except ProblemError as error:
                if error.slug not in _RETRIED_SLUGS or time.monotonic() + POLL_S >= ends_at:
                    raise
                await asyncio.sleep(POLL_S)
                if await is_disconnected():
                    raise ClientGoneError from error
            else:
                return execution


async def collect(execution: Execution, is_disconnected: IsDisconnected) -> dict[int, bytes]:
    """Return the JSON of each ``CandidateResult``, by the candidate's position in the request.

    Raises:
        ClientGoneError: the client hung up before the last result. The rest is cancelled.
    """
    lines: dict[int, bytes] = {}
    checked_at = time.monotonic()
    async with aclosing(execution.results()) as batches:
        async for batch in batches:
            lines.update(batch)
            if time.monotonic() - checked_at >= POLL_S:
                checked_at = time.monotonic()
                if await is_disconnected():
                    raise ClientGoneError
    return lines
