"""``POST /v1/embeddings``: OpenAI's wire, over which verl asks reward models that SGLang serves. Vectors of one number.

Texts are written out by the client and scored as they are, but for a second token for the beginning. ``base64`` is
float32, as OpenAI's own client asks for it.

No score: 503, which verl tries sixteen times. A text that cannot be scored: 422, after which verl stops.
"""

import base64
import struct
from typing import Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from services.common.queries import options_of
from services.rm.routes.inputs import Input
from services.rm.routes.scored import usage
from services.rm.routes.wire import Wire, WireOptions, body_of


class Embeddings(BaseModel):
    """The request."""

    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True)

    model: str = ""
    """Not looked at: one model is served."""
    input: Input
    """Whole conversations as texts, or as token ids."""
    encoding_format: Literal["float", "base64"] = "float"
    """How the vector is written."""
    dimensions: Literal[1] | None = None
    """A score has one."""


class Routes:
    """The handler."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def router(self) -> APIRouter:
        """The route."""
        router = APIRouter(tags=["openai"])
        router.post("/v1/embeddings", openapi_extra=body_of(Embeddings))(self.embeddings)
        return router

    async def embeddings(self, request: Request) -> Response:
        """Score whole texts; OpenAI's wire for embeddings. The vector is the raw score."""
        asked = await self._wire.read(request, Embeddings)
        options_of(request, WireOptions)
        scored = await self._wire.rows(request, asked.input.rows, "input")
        data = [
            {"object": "embedding", "index": at, "embedding": _vector(each.score, asked.encoding_format)}
            for at, each in enumerate(scored)
        ]
        model = self._wire.scoring.backend.info.model
        body = {"object": "list", "data": data, "model": model, "usage": usage(scored)}
        return self._wire.reply(body, scored)


def _vector(score: float, encoding: str) -> Any:  # noqa: ANN401 - a list, or text
    return [score] if encoding == "float" else base64.b64encode(struct.pack("<f", score)).decode()
