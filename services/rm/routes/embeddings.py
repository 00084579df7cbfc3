"""``POST /v1/embeddings``: OpenAI's API, which verl uses for reward models that SGLang serves. Vectors of one number.

The client renders the texts, and they are scored unchanged; only a second beginning-of-sequence token is dropped.
``base64`` is float32, as OpenAI's own client expects.

A text without a score is answered 503, which verl tries sixteen times. A text that cannot be scored is answered 422,
after which verl stops.

Example: ``{"input": ["<|user|>…<|assistant|>…"]}`` is answered ``{"object": "list", "data": [{"object": "embedding",
"index": 0, "embedding": [1.25]}], "model": "…", "usage": {…}}``.
"""

import base64
import struct
from typing import Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from services.common.foreign import ApiOptions, options_of
from services.common.openapi import referenced_body
from services.rm.routes.foreign import RequestScorer
from services.rm.routes.inputs import Input
from services.rm.routes.scored import usage


class Embeddings(BaseModel):
    """The request."""

    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True)

    model: str = ""
    """Ignored: the service serves one model."""
    input: Input
    """Whole conversations as texts, or as token ids."""
    encoding_format: Literal["float", "base64"] = "float"
    """How the vector is encoded."""
    dimensions: Literal[1] | None = None
    """A score has one dimension."""


BODY = Embeddings


def router(scorer: RequestScorer) -> APIRouter:
    """Return the route."""
    routes = APIRouter(tags=["openai"])

    @routes.post("/v1/embeddings", openapi_extra=referenced_body(Embeddings))
    async def embeddings(request: Request) -> Response:
        """Score whole texts: OpenAI's API for embeddings. The vector is the raw score."""
        body = await scorer.read(request, Embeddings)
        options_of(request, ApiOptions)
        rows = await scorer.score_rows(request, body.input.rows, "input")
        data = [
            {"object": "embedding", "index": index, "embedding": _vector(row.score, body.encoding_format)}
            for index, row in enumerate(rows)
        ]
        response = {"object": "list", "data": data, "model": scorer.model, "usage": usage(rows)}
        return scorer.respond(response, rows)

    return routes


def _vector(score: float, encoding: str) -> Any:  # noqa: ANN401 - a list, or text
    return [score] if encoding == "float" else base64.b64encode(struct.pack("<f", score)).decode()
