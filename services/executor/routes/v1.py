"""Routes of our own API: executions, jobs, environments. Reads requests and writes responses.

Example: ``{"suites": [{"id": "add", "asserts": ["assert add(1, 2) == 3"]}], "candidates": [{"suite": "add", "program":
"def add(a, b): return a + b"}]}`` to ``POST /v1/executions`` is answered ``{"results": [{"index": 0, "suite": "add",
"status": "judged", "pass_rate": 1.0, "reward": 1.0, "tests": [{"outcome": "passed", …}], …}], …}``.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing

from fastapi import APIRouter, Request, Response
from redis import RedisError
from starlette.types import Receive, Scope, Send

from clients.contract import Environment, ExecutionRequest, ExecutionResponse, Job
from services.common.authentication import path_prefix
from services.common.bodies import INLINE_BYTES
from services.common.openapi import Responses, problem_responses, referenced_body
from services.common.requests import read_body
from services.common.silence import FilledStream, answer_when_ready
from services.common.tickets import Ticket, ticket_of
from services.executor.broker.broker import Broker
from services.executor.execution.execution import MARGIN_S, Execution
from services.executor.execution.job_store import JobStore
from services.executor.planning.plan import count_null_programs
from services.executor.requests.validation import validate_request
from services.executor.results.records import response_json
from services.executor.routes.availability import or_unavailable
from services.executor.routes.foreign import collect
from services.executor.sandbox.profiles import card_of
from services.executor.settings import ExecutorSettings

JSON = "application/json"
NDJSON = "application/x-ndjson"

_BODY = referenced_body(ExecutionRequest)
_BUSY = "This key has too much in flight; see Retry-After"
_PROBLEMS = problem_responses(
    {
        400: "The body is not JSON",
        401: "The key is missing or wrong",
        413: "The body is too large",
        422: "The request is not valid",
        429: _BUSY,
        503: "The queue is full or cannot be reached; see Retry-After",
    }
)
_ACCEPTED: Responses = {202: {"model": Job, "description": "Accepted; Location is the path of the job"}}
_RESULTS: Responses = {
    200: {"model": ExecutionResponse, "content": {NDJSON: {}}, "description": "The results"}
}
_JOB_PROBLEMS = problem_responses(
    {
        401: "The key is missing or wrong",
        404: "No such job",
        422: "The id is not the id of a job",
        429: _BUSY,
        503: "Redis cannot be reached",
    }
)


def router(broker: Broker, store: JobStore, served: list[Environment]) -> APIRouter:
    """Return the routes under ``/v1``."""
    routes = APIRouter(prefix="/v1", tags=["executions"])
    _add_executions(routes, broker, store)
    _add_jobs(routes, store, broker.settings)

    @routes.get("/environments", responses={status: _PROBLEMS[status] for status in (401, 429)})
    async def environments() -> list[Environment]:
        """Return the environments that a request may name, and how the workers of each isolate programs now."""
        try:
            profiles = [await broker.weakest_profile(environment.name) for environment in served]
        except (RedisError, OSError):
            return served
        return [
            environment.model_copy(update={"sandbox": card_of(profile).info() if profile else None})
            for environment, profile in zip(served, profiles, strict=True)
        ]

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

        The response contains all results, in request order. With ``Accept: application/x-ndjson`` it is a stream:
        one ``CandidateResult`` per line, as candidates finish, and an ``ExecutionSummary`` as the last line. With
        ``Prefer: respond-async`` it is a ``Job``, whose state and results are read later. Blanks before a value keep
        an answer that waits from being silent.
        """
        body = await read_body(request, settings.max_body_bytes)
        if len(body) <= INLINE_BYTES:
            valid_request = validate_request(body, settings)
        else:
            valid_request = await asyncio.to_thread(validate_request, body, settings)
        judged = valid_request.request
        programs = len(judged.candidates) + count_null_programs(judged)
        ticket = ticket_of(request)
        ticket.count_items(
            programs, settings.max_candidates_per_key, "candidates",
            run=judged.run or "", run_limit=settings.max_candidates_per_run,
        )  # fmt: skip
        execution = Execution(uuid.uuid4().hex, valid_request, broker, ticket.caller)
        await execution.start()
        if "respond-async" in _tokens(request.headers, "prefer"):
            kept_s = int(valid_request.deadline_s) + MARGIN_S + settings.job_ttl_s
            return await _respond_with_job(request, execution, kept_s, broker, store)
        if NDJSON in _tokens(request.headers, "accept"):
            return _ResultStream(execution, broker)
        whole = _whole_response(execution, request, broker)
        return await answer_when_ready(whole, max_silence_s=settings.max_silence_s)


async def _respond_with_job(
    request: Request, execution: Execution, kept_s: int, broker: Broker, store: JobStore
) -> Response:
    """Let the execution run on as a job; respond with the job and its path."""
    await or_unavailable(store.create(execution, kept_s))
    ticket = ticket_of(request)
    ticket.keep_items()
    broker.run_job(_run_job(execution, ticket, store, broker))
    location = f"{path_prefix(request)}/v1/jobs/{execution.id}"
    headers = {"Location": location, "Preference-Applied": "respond-async"}
    body = await or_unavailable(store.as_json(execution.id))
    return Response(body, status_code=202, headers=headers, media_type=JSON)


async def _run_job(execution: Execution, ticket: Ticket, store: JobStore, broker: Broker) -> None:
    try:
        with broker.metrics.running.track_inprogress():
            await store.run(execution)
    finally:
        ticket.release_items()


async def _whole_response(execution: Execution, request: Request, broker: Broker) -> bytes:
    with broker.metrics.running.track_inprogress():
        lines = await collect(execution, request.is_disconnected)
    return response_json(execution.summary(), lines)


class _ResultStream(FilledStream):
    """The results of an execution, as they finish."""

    def __init__(self, execution: Execution, broker: Broker) -> None:
        super().__init__(
            _result_lines(execution, broker),
            max_silence_s=broker.settings.max_silence_s,
            media_type=NDJSON,
        )
        self._execution = execution

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the results. A client that hangs up before the first line ends the execution, too."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._execution.abandon()


async def _result_lines(execution: Execution, broker: Broker) -> AsyncIterator[bytes]:
    async with aclosing(execution.results()) as batches:  # a client that hangs up ends both
        with broker.metrics.running.track_inprogress():
            async for batch in batches:
                if batch:
                    yield b"".join(line + b"\n" for _, line in batch)
    yield execution.summary().model_dump_json().encode() + b"\n"


def _add_jobs(routes: APIRouter, store: JobStore, settings: ExecutorSettings) -> None:
    async def check(job_id: str, request: Request) -> None:
        await or_unavailable(store.check_caller(job_id, ticket_of(request).caller))

    @routes.get("/jobs/{job_id}", response_model=Job, responses=_JOB_PROBLEMS)
    async def job(job_id: str, request: Request) -> Response:
        """Return the state of a job, with its whole response once it has ended. A job of another key is not found."""
        await check(job_id, request)
        return Response(await or_unavailable(store.as_json(job_id)), media_type=JSON)

    @routes.get("/jobs/{job_id}/results", responses=_JOB_PROBLEMS | {200: {"content": {NDJSON: {}}}})
    async def results(job_id: str, request: Request) -> Response:
        """Return a job's results so far, then further ones as they come; the last line is an ``ExecutionSummary``."""
        await check(job_id, request)

        async def lines() -> AsyncIterator[bytes]:
            async for line in store.follow(job_id):
                yield line + b"\n"

        return FilledStream(lines(), max_silence_s=settings.max_silence_s, media_type=NDJSON)

    @routes.delete("/jobs/{job_id}", response_model=Job, responses=_JOB_PROBLEMS)
    async def cancel(job_id: str, request: Request) -> Response:
        """Cancel a job: candidates without a verdict become ``unscorable``. A job that has ended does not change."""
        await check(job_id, request)
        await or_unavailable(store.cancel(job_id))
        return Response(await or_unavailable(store.as_json(job_id)), media_type=JSON)


def _tokens(headers: Mapping[str, str], name: str) -> list[str]:
    return [part.split(";")[0].strip().lower() for part in headers.get(name, "").split(",")]
