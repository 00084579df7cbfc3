"""``POST /v1/score/evaluation``: LLaMA-Factory's API for reward models.

``messages`` are whole texts, not turns. Each is scored unchanged; only a second beginning-of-sequence token is dropped.
LLaMA-Factory itself cuts a text above ``max_length`` at its end, and scores the token that is then last; here such a
text is refused.

A text without a score is answered 503; a text that cannot be scored, 422 with its place.

Example: ``{"messages": ["<|user|>…<|assistant|>…"]}`` is answered ``{"object": "score.evaluation", "scores": [1.25],
…}``.
"""

import uuid
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from services.common.foreign import ApiOptions, options_of
from services.common.openapi import referenced_body
from services.rm.routes.foreign import RequestScorer
from services.rm.routes.inputs import Cut


class ScoreEvaluation(BaseModel):
    """The request."""

    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True)

    model: str = ""
    """Ignored: the service serves one model."""
    messages: list[str]
    """Whole conversations, each as one text."""
    max_length: Annotated[int, Field(ge=1)] | None = None
    """Most tokens that a text may have."""


BODY = ScoreEvaluation


def router(scorer: RequestScorer) -> APIRouter:
    """Return the route."""
    routes = APIRouter(tags=["llama-factory"])

    @routes.post("/v1/score/evaluation", openapi_extra=referenced_body(ScoreEvaluation))
    async def evaluation(request: Request) -> Response:
        """Score whole texts: LLaMA-Factory's API. Returns raw scores."""
        body = await scorer.read(request, ScoreEvaluation)
        options_of(request, ApiOptions)
        cut = Cut(body.max_length, "right") if body.max_length else None
        rows = await scorer.score_rows(request, body.messages, "messages", cut=cut)
        response = {
            "id": f"scoreval-{uuid.uuid4().hex}",
            "object": "score.evaluation",
            "model": scorer.model,
            "scores": [row.score for row in rows],
        }
        return scorer.respond(response, rows)

    return routes
