"""``POST /remote_rm``: slime's API for a remote reward (``--rm-type remote_rm --rm-url …``).

The response is a bare number; with ``?answer=object`` in the URL it is an object, for ``--reward-key score``. The API
cannot say "no verdict", so that is answered 503, after which slime tries again, ten times in all.

Example: ``{"prompt": "…", "response": "…", "label": ["assert f(1) == 2"]}`` is answered ``1.0``.
"""

from typing import Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import JSONResponse, Response

from services.common.bodies import read_as
from services.common.foreign import options_of
from services.common.openapi import inline_body
from services.executor.routes.foreign import Judge
from services.executor.routes.labelled import LabelledSample, refuse_unscorable, request_of, reward_of
from services.executor.routes.options import JudgingOptions
from services.executor.settings import ExecutorSettings

BUDGET_S = 110.0
"""slime hangs up after 120 s."""


class RemoteRm(BaseModel):
    """The request."""

    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True)

    prompt: Any = None
    """Text or messages. Ignored, because the completion is a field of its own."""
    response: str
    """The completion."""
    label: Any
    """The ground truth, in any shape."""


class SlimeOptions(JudgingOptions):
    """The options in the URL."""

    answer: Literal["number", "object"] = "number"
    """``object`` where slime has a ``--reward-key``."""


def router(judge: Judge, settings: ExecutorSettings) -> APIRouter:
    """Return the route, with and without a slash at its end."""
    routes = APIRouter(tags=["slime"])

    @routes.post("/remote_rm", openapi_extra=inline_body(RemoteRm))
    @routes.post("/remote_rm/", include_in_schema=False)
    async def remote_rm(request: Request) -> Response:
        """Reward a completion by the tests in its label: slime's API."""
        body = await read_as(request, RemoteRm, settings.max_body_bytes)
        options = options_of(request, SlimeOptions)
        execution = request_of([LabelledSample(body.response, body.label, "label")], options, settings)
        results = await judge.judge(execution, budget_s=BUDGET_S, sender=request)
        refuse_unscorable(results)
        reward = reward_of(results[0], options)
        if options.answer == "number":
            return JSONResponse(reward)
        rate = float(results[0].pass_rate or 0.0)
        return JSONResponse({"score": reward, "pass_rate": rate, "cpu_s": results[0].cpu_s})

    return routes
