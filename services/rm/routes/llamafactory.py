"""``POST /v1/score/evaluation``: LLaMA-Factory's API for reward models.

``messages`` are whole texts, not turns: each is scored as it is, but for a second token for the beginning. Upstream
cuts what is above ``max_length`` at its end, and scores what is then last; here it is refused.

No score: 503. A text that cannot be scored: 422, naming it.
"""

import uuid
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from services.common.queries import options_of
from services.rm.routes.inputs import Cut
from services.rm.routes.wire import Wire, WireOptions, body_of


class ScoreEvaluation(BaseModel):
    """The request."""

    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True)

    model: str = ""
    """Not looked at: one model is served."""
    messages: list[str]
    """Whole conversations, each as one text."""
    max_length: Annotated[int, Field(ge=1)] | None = None
    """Tokens that a text may have."""


class Routes:
    """The handler."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def router(self) -> APIRouter:
        """The route."""
        router = APIRouter(tags=["llama-factory"])
        router.post("/v1/score/evaluation", openapi_extra=body_of(ScoreEvaluation))(self.evaluation)
        return router

    async def evaluation(self, request: Request) -> Response:
        """Score whole texts; LLaMA-Factory's wire. Raw scores."""
        asked = await self._wire.read(request, ScoreEvaluation)
        options_of(request, WireOptions)
        cut = Cut(asked.max_length, "right") if asked.max_length else None
        scored = await self._wire.rows(request, asked.messages, "messages", cut=cut)
        body = {
            "id": f"scoreval-{uuid.uuid4().hex}",
            "object": "score.evaluation",
            "model": self._wire.scoring.backend.info.model,
            "scores": [each.score for each in scored],
        }
        return self._wire.reply(body, scored)
