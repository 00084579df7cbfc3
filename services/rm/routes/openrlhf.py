"""``POST /get_reward``: OpenRLHF's API for a remote reward model, answered as its own ``serve_rm`` answers.

A query is prompt and completion, decoded with special tokens. It is scored unchanged; only a second
beginning-of-sequence token is dropped. So the scored token is the last one of the query: if the template of the policy
differs from that of the reward model, the policy should decode the text in the reward model's template. Labels and
prompts are ignored.

A query without a score is answered 503, which OpenRLHF tries five times; then the rollout has no reward, and its step
ends with an error. A query that cannot be scored is answered 422, with the same result. Neither is answered with a
number.

Example: ``{"query": ["<|user|>…<|assistant|>…"]}`` is answered ``{"rewards": [1.25], "scores": [1.25], "extra_logs":
{"rm_score": [1.25], "rm_tokens": [57.0]}}``.
"""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from services.common.foreign import ApiOptions, options_of
from services.common.openapi import referenced_body
from services.rm.routes.foreign import RequestScorer
from services.rm.routes.inputs import Input

BUDGET_S = 170.0
"""OpenRLHF hangs up after 180 s."""


class GetReward(BaseModel):
    """The request. A single sample may come without lists."""

    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True)

    query: Input
    """Prompt and completion, decoded with special tokens."""
    prompts: Any = None
    """Ignored."""
    labels: Any = None
    """Ignored."""


BODY = GetReward


def router(scorer: RequestScorer) -> APIRouter:
    """Return the route, with and without a slash at its end."""
    routes = APIRouter(tags=["openrlhf"])

    @routes.post("/get_reward", openapi_extra=referenced_body(GetReward))
    @routes.post("/get_reward/", include_in_schema=False)
    async def get_reward(request: Request) -> Response:
        """Score whole texts: OpenRLHF's API. Raw scores; all numbers are floats, all batches have the same columns."""
        body = await scorer.read(request, GetReward)
        options_of(request, ApiOptions)
        rows = await scorer.score_rows(
            request, body.query.rows, "query", add_special_tokens=False, budget_s=BUDGET_S
        )
        scores = [row.score for row in rows]
        logs = {"rm_score": scores, "rm_tokens": [float(row.tokens) for row in rows]}
        return scorer.respond({"rewards": scores, "scores": scores, "extra_logs": logs}, rows)

    return routes
