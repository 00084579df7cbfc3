"""``POST /get_reward``: OpenRLHF's remote reward model, as its own ``serve_rm`` answers it.

A query is prompt and completion decoded with special tokens; it is scored as it is, but for a second token for the
beginning. So the scored token is the query's last: a policy whose template differs from the reward model's should
decode what the reward model was trained on. Labels and prompts are not needed.

No score: 503, which OpenRLHF tries five times; its rollout then has no reward, and the step ends with an error. A
query that cannot be scored: 422, which it tries as often, to the same end; never a number.
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
    """The request; a lone sample may come without lists."""

    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True)

    query: Input
    """Prompt and completion, decoded with special tokens."""
    prompts: Any = None
    """Not needed."""
    labels: Any = None
    """Not needed."""


BODY = GetReward


def router(scorer: RequestScorer) -> APIRouter:
    """Return the route, with and without a slash at its end."""
    routes = APIRouter(tags=["openrlhf"])

    @routes.post("/get_reward", openapi_extra=referenced_body(GetReward))
    @routes.post("/get_reward/", include_in_schema=False)
    async def get_reward(request: Request) -> Response:
        """Score whole texts; OpenRLHF's wire. Raw scores, every number a float, the same columns for any batch."""
        body = await scorer.read(request, GetReward)
        options_of(request, ApiOptions)
        rows = await scorer.score_rows(
            request, body.query.rows, "query", add_special_tokens=False, budget_s=BUDGET_S
        )
        scores = [row.score for row in rows]
        logs = {"rm_score": scores, "rm_tokens": [float(row.tokens) for row in rows]}
        return scorer.respond({"rewards": scores, "scores": scores, "extra_logs": logs}, rows)

    return routes
