"""Our own wire: executions, jobs, environments. Reads requests and writes answers; decides nothing."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import aclosing
from typing import Any, TypeVar

from fastapi import APIRouter, Request, Response, Security
from fastapi.responses import StreamingResponse
from fastapi.security import HTTPBearer
from redis import RedisError

from clients.contract import Environment, ExecutionRequest, ExecutionResponse, Job, Slug
from services.common.bodies import INLINE_BYTES
from services.common.gate import Ticket, path_prefix, ticket_of
from services.common.problems import ProblemError
from services.common.replies import documented
from services.common.requests import read_body
from services.executor.broker.broker import Broker
from services.executor.execution.execution import MARGIN_S, Execution
from services.executor.execution.job_store import JobStore
from services.executor.requests.validation import ValidRequest, validate_request
from services.executor.results.records import response_json
from services.executor.routes.foreign import collect

T = TypeVar("T")
JSON = "application/json"
NDJSON = "application/x-ndjson"

_Responses = dict[int | str, dict[str, Any]]
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {JSON: {"schema": {"$ref": f"#/components/schemas/{ExecutionRequest.__name__}"}}},
    }
}
_TOO_MUCH = "This key has too much in flight; see Retry-After"
_PROBLEMS = documented(
    {
        400: "The body is not JSON",
        401: "The token is missing or wrong",
        413: "The body is too large",
        422: "The request is not valid",
        429: _TOO_MUCH,
        503: "The queue is full or away; see Retry-After",
    }
)
_NO_JOB = documented(
    {
        401: "The token is missing or wrong",
        404: "No such job",
        422: "The id is not one",
        429: _TOO_MUCH,
        503: "Redis is away",
    }
)


class Routes:
    """The handlers, over what a process shares."""

    def __init__(self, broker: Broker, store: JobStore, environments: list[Environment]) -> None:
        self._broker = broker
        self._store = store
        self._environments = environments

    def router(self) -> APIRouter:
        """The routes under ``/v1``."""
        # For the document only: it is the gate that looks at keys.
        shown = [Security(HTTPBearer(auto_error=False))] if self._broker.settings.all_tokens() else []
        router = APIRouter(prefix="/v1", tags=["executions"], dependencies=shown)
        accepted: _Responses = {202: {"model": Job, "description": "Accepted: ask about it at Location"}}
        streams: _Responses = {
            200: {"model": ExecutionResponse, "content": {NDJSON: {}}, "description": "The results"}
        }
        router.post("/executions", openapi_extra=_BODY, responses={**_PROBLEMS, **accepted, **streams})(
            self.execute
        )
        router.get("/jobs/{job_id}", response_model=Job, responses=_NO_JOB)(self.job)
        router.get("/jobs/{job_id}/results", responses={**_NO_JOB, 200: {"content": {NDJSON: {}}}})(
            self.results
        )
        router.delete("/jobs/{job_id}", response_model=Job, responses=_NO_JOB)(self.cancel)
        router.get("/environments", responses={status: _PROBLEMS[status] for status in (401, 429)})(
            self.environments
        )
        return router

    async def execute(self, request: Request) -> Response:
        """Judge a batch of candidates.

        The whole answer in request order; with ``Accept: application/x-ndjson`` one ``CandidateResult`` a
        line as they finish and an ``ExecutionSummary`` as the last line; with ``Prefer: respond-async`` a
        ``Job`` to ask about.
        """
        settings = self._broker.settings
        body = await read_body(request, settings.max_body_bytes)
        if len(body) <= INLINE_BYTES:
            valid_request = validate_request(body, settings)
        else:
            valid_request = await asyncio.to_thread(validate_request, body, settings)
        ticket = ticket_of(request)
        ticket.take(len(valid_request.request.candidates), settings.max_candidates_per_key, "candidates")
        execution = Execution(uuid.uuid4().hex, valid_request, self._broker)
        if "respond-async" in _tokens(request.headers, "prefer"):
            return await self._accept(execution, valid_request, request)
        await execution.start()
        if NDJSON in _tokens(request.headers, "accept"):
            return StreamingResponse(_lines(execution), media_type=NDJSON)
        return await self._whole(execution, request)

    async def _whole(self, execution: Execution, request: Request) -> Response:
        with self._broker.metrics.running.track_inprogress():
            line_of = await collect(execution, request.is_disconnected)
        return Response(response_json(execution.summary(), line_of), media_type=JSON)

    async def _accept(self, execution: Execution, valid_request: ValidRequest, request: Request) -> Response:
        kept_s = int(valid_request.deadline_s) + MARGIN_S + self._broker.settings.job_ttl_s
        await execution.start()
        await self._reaching_redis(self._store.create(execution, kept_s))
        ticket = ticket_of(request)
        ticket.keep()
        self._broker.run_job(self._carry_on(execution, ticket))
        place = f"{path_prefix(request)}/v1/jobs/{execution.id}"
        headers = {"Location": place, "Preference-Applied": "respond-async"}
        body = await self._reaching_redis(self._store.as_json(execution.id))
        return Response(body, status_code=202, headers=headers, media_type=JSON)

    async def _carry_on(self, execution: Execution, ticket: Ticket) -> None:
        try:
            await self._store.run(execution)
        finally:
            ticket.give_back()

    async def job(self, job_id: str) -> Response:
        """Where a job stands, with its whole answer once it has ended."""
        return Response(await self._reaching_redis(self._store.as_json(job_id)), media_type=JSON)

    async def results(self, job_id: str) -> Response:
        """A job's results so far and then as they come, one a line; the ``ExecutionSummary`` is the last."""
        await self._reaching_redis(self._store.standing(job_id))

        async def lines() -> AsyncIterator[bytes]:
            async for line in self._store.follow(job_id):
                yield line + b"\n"

        return StreamingResponse(lines(), media_type=NDJSON)

    async def cancel(self, job_id: str) -> Response:
        """Cancel a job: candidates without a verdict become ``unscorable``. One that has ended stays."""
        await self._reaching_redis(self._store.cancel(job_id))
        return await self.job(job_id)

    async def environments(self) -> list[Environment]:
        """The Pythons a request may name."""
        return self._environments

    @staticmethod
    async def _reaching_redis(work: Awaitable[T]) -> T:
        try:
            return await work
        except (RedisError, OSError) as exc:
            raise ProblemError(
                Slug.QUEUE_UNAVAILABLE, "Redis does not answer; try again shortly.", retry_after_s=1
            ) from exc


async def _lines(execution: Execution) -> AsyncIterator[bytes]:
    async with aclosing(execution.answers()) as answers:  # a client that hangs up ends both
        async for batch in answers:
            if batch:
                yield b"".join(line + b"\n" for _, line in batch)
    yield execution.summary().model_dump_json().encode() + b"\n"


def _tokens(headers: Mapping[str, str], name: str) -> list[str]:
    return [part.split(";")[0].strip().lower() for part in headers.get(name, "").split(",")]
