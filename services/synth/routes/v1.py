"""Routes of our own API: jobs that make suites of a few seeds.

Example: ``{"seeds": [{"id": "s1", "program": "def median(values): …"}]}`` to ``POST /v1/suites`` is answered 202 with
``{"id": "…", "state": "queued", "total": 1, "done": 0}``; ``GET /v1/suites/{id}/results`` then streams one
``SuiteResult`` a line.
"""

from collections.abc import AsyncIterator

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from clients.contract import Slug, SuiteResult, SuitesJob, SuitesRequest, SynthInfo
from services.common.authentication import path_prefix
from services.common.openapi import problem_responses, referenced_body
from services.common.problem_error import ProblemError, invalid_request
from services.common.requests import read_body
from services.common.silence import FilledStream
from services.common.tickets import ticket_of
from services.synth.jobs import SynthJob, SynthJobs
from services.synth.settings import SynthSettings

NDJSON = "application/x-ndjson"
_PROBLEMS = problem_responses(
    {
        400: "The body is not JSON",
        401: "The key is missing or wrong",
        413: "The body is too large",
        422: "The request is not valid",
        429: "This key has too much in flight; see Retry-After",
        503: "Too many seeds wait; see Retry-After",
    }
)
_JOB_PROBLEMS = problem_responses(
    {401: "The key is missing or wrong", 404: "No such job", 429: "This key has too much in flight"}
)


def router(jobs: SynthJobs, info: SynthInfo, settings: SynthSettings) -> APIRouter:
    """Return the routes under ``/v1``."""
    routes = APIRouter(prefix="/v1", tags=["suites"])

    @routes.get("/suites", responses={status: _PROBLEMS[status] for status in (401, 429)})
    async def describe() -> SynthInfo:
        """Return the stages, the models and the limits."""
        return info

    @routes.post(
        "/suites",
        status_code=202,
        openapi_extra=referenced_body(SuitesRequest),
        responses=_PROBLEMS
        | {202: {"model": SuitesJob, "description": "Accepted; Location is the job's path"}},
    )
    async def submit(request: Request) -> Response:
        """Start a job that makes a suite of every seed. The same request of the same key is the same job."""
        body = _parse(await read_body(request, settings.max_body_bytes), settings)
        ticket = ticket_of(request)
        job = jobs.same(body, ticket.caller)
        if job is None:
            ticket.count_items(len(body.seeds), settings.max_seeds_per_key, "seeds")
            job = jobs.submit(body, ticket.caller, ticket.release_items)
            ticket.keep_items()
        headers = {"Location": f"{path_prefix(request)}/v1/suites/{job.id}"}
        return _answer(job, 202, headers)

    _add_jobs(routes, jobs, settings)
    return routes


def _add_jobs(routes: APIRouter, jobs: SynthJobs, settings: SynthSettings) -> None:
    @routes.get("/suites/{job_id}", response_model=SuitesJob, responses=_JOB_PROBLEMS)
    async def state(job_id: str, request: Request) -> Response:
        """Return the state of a job. A job of another key is not found."""
        return _answer(jobs.find(job_id, ticket_of(request).caller))

    @routes.get(
        "/suites/{job_id}/results",
        responses=_JOB_PROBLEMS | {200: {"model": SuiteResult, "content": {NDJSON: {}}}},
    )
    async def results(job_id: str, request: Request) -> Response:
        """Stream a job's results so far, then further ones as they come; the last line is a ``SuitesJob``."""
        job = jobs.find(job_id, ticket_of(request).caller)

        async def lines() -> AsyncIterator[bytes]:
            async for result in jobs.follow(job):
                yield result.model_dump_json(exclude_defaults=True).encode() + b"\n"
            yield job.as_message().model_dump_json().encode() + b"\n"

        return FilledStream(lines(), max_silence_s=settings.max_silence_s, media_type=NDJSON)

    @routes.delete("/suites/{job_id}", response_model=SuitesJob, responses=_JOB_PROBLEMS)
    async def cancel(job_id: str, request: Request) -> Response:
        """Cancel a job. Seeds that are finished keep their results."""
        job = jobs.find(job_id, ticket_of(request).caller)
        jobs.cancel(job)
        return _answer(job)


def _answer(job: SynthJob, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(
        job.as_message().model_dump_json(), status_code=status, headers=headers, media_type="application/json"
    )


def _parse(body: bytes, settings: SynthSettings) -> SuitesRequest:
    try:
        request = SuitesRequest.model_validate_json(body)
    except ValidationError as error:
        if any(fault["type"] == "json_invalid" for fault in error.errors()):
            raise ProblemError(Slug.MALFORMED_JSON, "The body is not JSON.") from None
        raise invalid_request(error) from None
    if len(request.seeds) > settings.max_seeds:
        raise ProblemError(
            Slug.LIMIT_ABOVE_CAP,
            f"seeds: {len(request.seeds)} are above this server's {settings.max_seeds}; send several requests, "
            f"or run `acecoder synth run` for a data set",
        )
    return request
