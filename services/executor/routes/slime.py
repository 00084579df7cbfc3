"""``POST /remote_rm``: slime's API for a remote reward (``--rm-type remote_rm --rm-url …``).

The response is a bare number; with ``?answer=object`` in the URL it is an object, for ``--reward-key score``. The API
cannot say "no verdict", so that is answered 503, after which slime tries again, ten times in all. A row whose tests
cannot be used is answered 422, or the reward that ``?bad_row_reward=`` names.

Example: ``{"prompt": "…", "response": "…", "label": ["assert f(1) == 2"]}`` is answered ``1.0``.
"""

from typing import Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import JSONResponse, Response

from services.common.bodies import read_as
from services.common.foreign import options_of
from services.common.openapi import inline_body
from services.executor.routes.bad_rows import RowJudge, RowOptions, reward_of
from services.executor.routes.foreign import Judge
from services.executor.routes.labelled import LabelledSample
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


class SlimeOptions(RowOptions):
    """The options in the URL."""

    answer: Literal["number", "object"] = "number"
    """``object`` where slime has a ``--reward-key``."""


def router(judge: Judge, settings: ExecutorSettings) -> APIRouter:
    """Return the route, with and without a slash at its end."""
    routes = APIRouter(tags=["slime"])
    rows = RowJudge(judge, settings, BUDGET_S)

    @routes.post("/remote_rm", openapi_extra=inline_body(RemoteRm))
    @routes.post("/remote_rm/", include_in_schema=False)
    async def remote_rm(request: Request) -> Response:
        """Reward a completion by the tests in its label: slime's API."""
        body = await read_as(request, RemoteRm, settings.max_body_bytes)
        options = options_of(request, SlimeOptions)
        sample = LabelledSample(body.response, body.label, "label")
        (result,) = await rows.judge([sample], options, request)
        reward = reward_of(result, options)
        if options.answer == "number":
            return JSONResponse(reward)
        rate, cpu_s = (float(result.pass_rate or 0.0), result.cpu_s) if result else (0.0, 0.0)
        return JSONResponse({"score": reward, "pass_rate": rate, "cpu_s": cpu_s})

    return routes
