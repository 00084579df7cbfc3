"""Our own wire: scores, what exactly is scored, and what is served. Decides nothing."""

from typing import Any

from fastapi import APIRouter, Request, Response, Security
from fastapi.security import HTTPBearer

from clients.config import DEFAULT_URL
from clients.contract import Slug
from clients.contract.scoring import ModelInfo, RenderResponse, ScoringRequest, ScoringResponse
from services.common.bodies import read_as
from services.common.gate import ticket_of
from services.common.problems import ProblemError
from services.common.replies import documented
from services.rm.serving.scoring import Scoring
from services.rm.settings import RmSettings

JSON = "application/json"
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {JSON: {"schema": {"$ref": f"#/components/schemas/{ScoringRequest.__name__}"}}},
    }
}
PROBLEMS = documented(
    {
        400: "The body is not JSON",
        401: "The token is missing or wrong",
        413: "The body is too large",
        422: "The request is not valid",
        429: "Too much is waiting; see Retry-After",
        503: "The service is stopping",
    }
)


class Routes:
    """The handlers, over what a process shares."""

    def __init__(self, scoring: Scoring, settings: RmSettings) -> None:
        self._scoring = scoring
        self._settings = settings

    def router(self) -> APIRouter:
        """The routes under ``/v1``."""
        # For the document only: it is the gate that looks at keys.
        shown = [Security(HTTPBearer(auto_error=False))] if self._settings.all_tokens() else []
        router = APIRouter(prefix="/v1", tags=["scores"], dependencies=shown)
        for path, handler, model in (
            ("/scores", self.scores, ScoringResponse),
            ("/render", self.render, RenderResponse),
        ):
            told: dict[int | str, dict[str, Any]] = {**PROBLEMS, 200: {"model": model}}
            router.post(path, openapi_extra=_BODY, responses=told)(handler)
        refused: dict[int | str, dict[str, Any]] = {status: PROBLEMS[status] for status in (401, 429)}
        router.post("/executions", include_in_schema=False)(self.executions)
        router.get("/model", response_model=ModelInfo, responses=refused)(self.model)
        return router

    async def scores(self, request: Request) -> Response:
        """Score groups of candidates: the raw score of each, its rank within the group, or why there is none."""
        asked = await self._read(request)
        answer = await self._scoring.respond(asked, request.is_disconnected)
        return Response(answer.model_dump_json(), media_type=JSON)

    async def render(self, request: Request) -> Response:
        """Show the text and the tokens that would be scored, and which token's state is. Scores nothing."""
        answer = await self._scoring.render(await self._read(request))
        return Response(answer.model_dump_json(), media_type=JSON)

    async def model(self) -> ModelInfo:
        """What is being served."""
        return self._scoring.backend.info

    async def executions(self) -> Response:
        """Say whose path it is: a client of the executor was given this service's address."""
        detail = "POST /v1/executions is an executor's, and this is a reward model"
        said = f"{detail}; set ACECODER_URL to the executor's address (default {DEFAULT_URL})"
        raise ProblemError(Slug.NOT_FOUND, said)

    async def _read(self, request: Request) -> ScoringRequest:
        asked = await read_as(request, ScoringRequest, self._settings.max_body_bytes)
        candidates = sum(len(group.candidates) for group in asked.groups)
        ticket_of(request).take(candidates, self._settings.max_candidates_per_key, "candidates")
        return asked
