"""Our own wire: executions, jobs, environments. Reads requests and writes answers; decides nothing."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import aclosing
from typing import TypeVar

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from redis import RedisError

from clients.contract import Environment, ExecutionRequest, ExecutionResponse, Job, Slug
from services.common.bodies import INLINE_BYTES
from services.common.gate import Ticket, path_prefix, ticket_of
from services.common.openapi import Responses, problem_responses, referenced_body
from services.common.problems import ProblemError
from services.common.requests import read_body
from services.executor.broker.broker import Broker
from services.executor.execution.execution import MARGIN_S, Execution
from services.executor.execution.job_store import JobStore
from services.executor.requests.validation import validate_request
from services.executor.results.records import response_json
from services.executor.routes.foreign import collect

T = TypeVar("T")
JSON = "application/json"
NDJSON = "application/x-ndjson"

_BODY = referenced_body(ExecutionRequest)
_BUSY = "This key has too much in flight; see Retry-After"
_PROBLEMS = problem_responses(
    {
        400: "The body is not JSON",
        401: "The token is missing or wrong",
        413: "The body is too large",
        422: "The request is not valid",
        429: _BUSY,
        503: "The queue is full or away; see Retry-After",
    }
)
_ACCEPTED: Responses = {202: {"model": Job, "description": "Accepted: ask about it at Location"}}
_RESULTS: Responses = {
    200: {"model": ExecutionResponse, "content": {NDJSON: {}}, "description": "The results"}
}
_JOB_PROBLEMS = problem_responses(
    {
        401: "The token is missing or wrong",
        404: "No such job",
        422: "The id is not one",
        429: _BUSY,
        503: "Redis is away",
    }
)


def router(broker: Broker, store: JobStore, served: list[Environment]) -> APIRouter:
    """Return the routes under ``/v1``."""
    routes = APIRouter(prefix="/v1", tags=["executions"])
    _add_executions(routes, broker, store)
    _add_jobs(routes, store)

    @routes.get("/environments", responses={status: _PROBLEMS[status] for status in (401, 429)})
    async def environments() -> list[Environment]:
        """The Pythons a request may name."""
        return served

    return routes


def _add_executions(routes: APIRouter, broker: Broker, store: JobStore) -> None:
    settings = broker.settings

    @routes.post(
        "/executions",
        openapi_extra=referenced_body(ExecutionRequest),
        responses=_PROBLEMS | _ACCEPTED | _RESULTS,
    )
    async def execute(request: Request) -> Response:
        """Judge a batch of candidates.

        The whole answer in request order; with ``Accept: application/x-ndjson`` one ``CandidateResult`` a
        line as they finish and an ``ExecutionSummary`` as the last line; with ``Prefer: respond-async`` a
        ``Job`` to ask about.
        """
        body = await read_body(request, settings.max_body_bytes)
        if len(body) <= INLINE_BYTES:
            valid_request = validate_request(body, settings)
        else:
            valid_request = await asyncio.to_thread(validate_request, body, settings)
        candidates = len(valid_request.request.candidates)
        ticket_of(request).take(candidates, settings.max_candidates_per_key, "candidates")
        execution = Execution(uuid.uuid4().hex, valid_request, broker)
        await execution.start()
        if "respond-async" in _tokens(request.headers, "prefer"):
            kept_s = int(valid_request.deadline_s) + MARGIN_S + settings.job_ttl_s
            return await _respond_with_job(request, execution, kept_s, broker, store)
        if NDJSON in _tokens(request.headers, "accept"):
            return StreamingResponse(_result_lines(execution), media_type=NDJSON)
        with broker.metrics.running.track_inprogress():
            lines = await collect(execution, request.is_disconnected)
        return Response(response_json(execution.summary(), lines), media_type=JSON)


async def _respond_with_job(
    request: Request, execution: Execution, kept_s: int, broker: Broker, store: JobStore
) -> Response:
    """Let the execution run on as a job, and return where its state is found."""
    await _or_unavailable(store.create(execution, kept_s))
    ticket = ticket_of(request)
    ticket.keep()
    broker.run_job(_run_job(execution, ticket, store))
    location = f"{path_prefix(request)}/v1/jobs/{execution.id}"
    headers = {"Location": location, "Preference-Applied": "respond-async"}
    body = await _or_unavailable(store.as_json(execution.id))
    return Response(body, status_code=202, headers=headers, media_type=JSON)


async def _run_job(execution: Execution, ticket: Ticket, store: JobStore) -> None:
    try:
        await store.run(execution)
    finally:
        ticket.give_back()


async def _result_lines(execution: Execution) -> AsyncIterator[bytes]:
    async with aclosing(execution.results()) as batches:  # a client that hangs up ends both
        async for batch in batches:
            if batch:
                yield b"".join(line + b"\n" for _, line in batch)
    yield execution.summary().model_dump_json().encode() + b"\n"


def _add_jobs(routes: APIRouter, store: JobStore) -> None:
    @routes.get("/jobs/{job_id}", response_model=Job, responses=_JOB_PROBLEMS)
    async def job(job_id: str) -> Response:
        """Where a job stands, with its whole answer once it has ended."""
        return Response(await _or_unavailable(store.as_json(job_id)), media_type=JSON)

    @routes.get("/jobs/{job_id}/results", responses=_JOB_PROBLEMS | {200: {"content": {NDJSON: {}}}})
    async def results(job_id: str) -> Response:
        """A job's results so far and then as they come, one a line; the ``ExecutionSummary`` is the last."""
        await _or_unavailable(store.load(job_id))

        async def lines() -> AsyncIterator[bytes]:
            async for line in store.follow(job_id):
                yield line + b"\n"

        return StreamingResponse(lines(), media_type=NDJSON)

    @routes.delete("/jobs/{job_id}", response_model=Job, responses=_JOB_PROBLEMS)
    async def cancel(job_id: str) -> Response:
        """Cancel a job: candidates without a verdict become ``unscorable``. One that has ended stays."""
        await _or_unavailable(store.cancel(job_id))
        return Response(await _or_unavailable(store.as_json(job_id)), media_type=JSON)


async def _or_unavailable(work: Awaitable[T]) -> T:
    """Await an operation on Redis; answer 503 if Redis cannot be reached."""
    try:
        return await work
    except (RedisError, OSError) as exc:
        raise ProblemError(
            Slug.QUEUE_UNAVAILABLE, "Redis does not answer; try again shortly.", retry_after_s=1
        ) from exc


def _tokens(headers: Mapping[str, str], name: str) -> list[str]:
    return [part.split(";")[0].strip().lower() for part in headers.get(name, "").split(",")]
