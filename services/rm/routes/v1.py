"""Routes of our own API: scores, the rendered text that is scored, and the model that is served.

Example: ``{"groups": [{"prompt": "Add two numbers.", "candidates": ["def add(a, b): return a + b"]}]}`` to
``POST /v1/scores`` is answered ``{"model": {…}, "groups": [{"scores": [{"score": 1.25, "rank": 1, …}]}], …}``.
"""

import asyncio
import re

from fastapi import APIRouter, Request, Response

from clients.config import DEFAULT_URL
from clients.contract import FieldError, Slug
from clients.contract.scoring import (
    MAX_GROUPS,
    ModelInfo,
    RenderResponse,
    ScoringRequest,
    ScoringResponse,
)
from services.common.bodies import read_as
from services.common.openapi import problem_responses, referenced_body
from services.common.problem_error import ProblemError
from services.common.silence import answer_when_ready
from services.common.tickets import ticket_of
from services.rm.serving.scoring import Scoring
from services.rm.settings import RmSettings

JSON = "application/json"
_BODY = referenced_body(ScoringRequest)
_PROBLEMS = problem_responses(
    {
        400: "The body is not JSON",
        401: "The token is missing or wrong",
        413: "The body is too large",
        422: "The request is not valid",
        429: "Too much is waiting; see Retry-After",
        503: "The service is stopping",
    }
)


_GROUP_KEY = b'"candidates"'
"""Every group has this key. A text cannot contain it followed by a colon: JSON escapes the quotes inside a text."""


def check_group_count(body: bytes) -> None:
    """Refuse a body with more than ``MAX_GROUPS`` groups before it is parsed.

    Parsing 500,000 groups takes seconds, in which no other request is served, and hundreds of megabytes. A body that
    writes the key with an escape is parsed, and refused then.

    Raises:
        ProblemError: there are too many.
    """
    if body.count(_GROUP_KEY) <= MAX_GROUPS:
        return
    groups = len(re.findall(_GROUP_KEY + rb"\s*:", body))
    if groups > MAX_GROUPS:
        message = f"{groups} groups are too many; send at most {MAX_GROUPS} in one request"
        errors = [FieldError(field="groups", message=message)]
        raise ProblemError(Slug.INVALID_REQUEST, f"groups: {message}", errors=errors)


def router(scoring: Scoring, settings: RmSettings) -> APIRouter:
    """Return the routes under ``/v1``."""
    routes = APIRouter(prefix="/v1", tags=["scores"])

    async def read(request: Request) -> ScoringRequest:
        body = await read_as(request, ScoringRequest, settings.max_body_bytes, check_group_count)
        candidates = sum(len(group.candidates) for group in body.groups)
        ticket_of(request).count_items(candidates, settings.max_candidates_per_key, "candidates")
        return body

    @routes.post(
        "/scores",
        openapi_extra=_BODY,
        responses={**_PROBLEMS, 200: {"model": ScoringResponse}},
    )
    async def scores(request: Request) -> Response:
        """Score groups of candidates: the raw score and the rank of each in its group, or why it has no score."""
        return await _scores(await read(request), request, scoring, settings)

    @routes.post(
        "/render",
        openapi_extra=_BODY,
        responses={**_PROBLEMS, 200: {"model": RenderResponse}},
    )
    async def render(request: Request) -> Response:
        """Return the texts and tokens that would be scored, and the position of the scored token. Scores nothing."""
        response = await scoring.render(await read(request))
        return Response(response.model_dump_json(), media_type=JSON)

    @routes.post("/executions", include_in_schema=False)
    async def executions() -> Response:
        """Say which service this is, to a client of the executor that was given the wrong address."""
        detail = "POST /v1/executions is an executor's, and this is a reward model"
        advice = f"set ACECODER_URL to the executor's address (default {DEFAULT_URL})"
        raise ProblemError(Slug.NOT_FOUND, f"{detail}; {advice}")

    @routes.get("/model", response_model=ModelInfo, responses={key: _PROBLEMS[key] for key in (401, 429)})
    async def model() -> ModelInfo:
        """Return the model that is served."""
        return scoring.backend.info

    return routes


async def _scores(body: ScoringRequest, request: Request, scoring: Scoring, settings: RmSettings) -> Response:
    queued = asyncio.Event()

    async def respond() -> bytes:
        response = await scoring.respond(body, request.is_disconnected, queued.set)
        return response.model_dump_json().encode()

    return await answer_when_ready(respond(), max_silence_s=settings.max_silence_s, is_accepted=queued.is_set)
