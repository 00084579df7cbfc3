"""``POST /rm``: slime's remote reward (``--rm-type remote_rm --rm-url http://host:8100/rm``).

The answer is a bare number; with ``?answer=object`` in the URL an object, for ``--reward-key score``. slime sends a
prompt as messages, or as text that its policy's template has written already. Messages are rendered with the
response as the answer; for text, ``?rendered=`` says what it is (``rendered``), and what is not said is not guessed.

No score: 503, which slime tries ten times. A sample that cannot be scored: 422, which it tries as often.
"""

from typing import Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from clients.contract.scoring import Group, Message
from services.common.queries import options_of
from services.rm.routes.rendered import RenderedOptions, is_rendered, without_end
from services.rm.routes.scored import Scored
from services.rm.routes.wire import Wire, body_of

BUDGET_S = 110.0
"""slime hangs up after 120 s."""


class RemoteRm(BaseModel):
    """The request."""

    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True)

    prompt: str | list[Message]
    """Messages, or text."""
    response: str
    """The completion."""
    label: Any = None
    """Not needed."""


class SlimeOptions(RenderedOptions):
    """The query of the URL."""

    answer: Literal["number", "object"] = "number"
    """``object`` where slime has a ``--reward-key``."""


class Routes:
    """The handler."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def router(self) -> APIRouter:
        """The route, with and without a slash at its end."""
        router = APIRouter(tags=["slime"])
        router.post("/rm", openapi_extra=body_of(RemoteRm))(self.rm)
        router.post("/rm/", include_in_schema=False)(self.rm)
        return router

    async def rm(self, request: Request) -> Response:
        """Score a response; slime's wire. The body is the raw score."""
        asked = await self._wire.read(request, RemoteRm)
        options = options_of(request, SlimeOptions)
        scored = await self._scored(request, asked, options)
        if options.answer == "number":
            return self._wire.reply(scored.score, [scored])
        return self._wire.reply({"score": scored.score, "tokens": scored.tokens}, [scored])

    async def _scored(self, request: Request, asked: RemoteRm, options: SlimeOptions) -> Scored:
        writer = self._wire.scoring.backend.writer
        if isinstance(asked.prompt, str) and is_rendered(asked.prompt, writer, options.rendered, "prompt"):
            whole = asked.prompt + asked.response
            (scored,) = await self._wire.rows(request, [whole], "response", budget_s=BUDGET_S)
            return scored
        group = Group(prompt=asked.prompt, candidates=[without_end(asked.response, writer)])
        (scored,) = await self._wire.groups(
            request, [group], options, lambda _: "response", budget_s=BUDGET_S
        )
        return scored
