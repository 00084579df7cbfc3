"""Answers ``/health``, ``/ping``, ``/v1/models`` and ``/load`` as a vLLM server does, for routers and scripts.

Example: ``GET /v1/models`` is answered ``{"object": "list", "data": [{"id": "path/to/model", "object": "model",
"created": 0, "owned_by": "acecoder", "root": "path/to/model", "max_model_len": 4096}]}``.
"""

from typing import Any

from fastapi import APIRouter, Response

from services.rm.serving.scoring import Scoring


def router(scoring: Scoring) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(tags=["vllm"])

    @routes.get("/health")
    @routes.get("/ping")
    @routes.post("/ping")
    async def health() -> Response:
        """Answer 200 with an empty body if scores can be computed, else 503."""
        return Response(status_code=503 if await scoring.backend.ready() else 200)

    @routes.get("/v1/models")
    async def models() -> dict[str, Any]:
        """List the one model that is served."""
        info = scoring.backend.info
        entry = {
            "id": info.model,
            "object": "model",
            "created": 0,
            "owned_by": "acecoder",
            "root": info.model,
            "max_model_len": info.max_tokens or None,
        }
        return {"object": "list", "data": [entry]}

    @routes.get("/load")
    async def load() -> dict[str, int]:
        """Return the number of candidates that wait or are being computed."""
        return {"server_load": scoring.load}

    return routes
