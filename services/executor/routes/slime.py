"""``POST /remote_rm``: slime's remote reward (``--rm-type remote_rm --rm-url …``).

The answer is a bare number; with ``?answer=object`` in the URL an object, for ``--reward-key score``. There is no word
for "no verdict": 503, which slime tries ten times.
"""

from typing import Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import JSONResponse, Response

from services.common.bodies import described, read_as
from services.common.queries import options_of
from services.executor.routes.foreign import Judge
from services.executor.routes.labelled import Sample, refuse_unscorable, request_of, reward_of
from services.executor.routes.options import WireOptions
from services.executor.settings import ExecutorSettings

BUDGET_S = 110.0
"""slime hangs up after 120 s."""


class RemoteRm(BaseModel):
    """The request."""

    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True)

    prompt: Any = None
    """Text or messages; the completion comes apart from it, so it is not needed."""
    response: str
    """The completion."""
    label: Any
    """The ground truth, in any shape."""


class SlimeOptions(WireOptions):
    """The query of the URL."""

    answer: Literal["number", "object"] = "number"
    """``object`` where slime has a ``--reward-key``."""


class Routes:
    """The handler, over what a process shares."""

    def __init__(self, judge: Judge, settings: ExecutorSettings) -> None:
        self._judge = judge
        self._settings = settings

    def router(self) -> APIRouter:
        """The route, with and without a slash at its end."""
        body = described(RemoteRm)
        router = APIRouter(tags=["slime"])
        router.post("/remote_rm", openapi_extra=body)(self.remote_rm)
        router.post("/remote_rm/", include_in_schema=False)(self.remote_rm)
        return router

    async def remote_rm(self, request: Request) -> Response:
        """Reward a completion by the tests in its label; slime's wire."""
        asked = await read_as(request, RemoteRm, self._settings.max_body_bytes)
        options = options_of(request, SlimeOptions)
        execution = request_of([Sample(asked.response, asked.label, "label")], options, self._settings)
        results = await self._judge.results(execution, budget_s=BUDGET_S, gone=request.is_disconnected)
        refuse_unscorable(results)
        reward = reward_of(results[0], options)
        if options.answer == "number":
            return JSONResponse(reward)
        rate = float(results[0].pass_rate or 0.0)
        return JSONResponse({"score": reward, "pass_rate": rate, "cpu_s": results[0].cpu_s})
