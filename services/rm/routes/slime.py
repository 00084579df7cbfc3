"""``POST /rm``: slime's API for a remote reward (``--rm-type remote_rm --rm-url http://host:8100/rm``).

The response is a bare number; with ``?answer=object`` in the URL it is an object, for ``--reward-key score``. slime
sends a prompt as messages, or as a text that the policy's template has rendered. Messages are rendered with the
response as the answer. For a text, ``?rendered=`` in the URL says whether a template has rendered it (``rendered``).

A sample without a score is answered 503, which slime tries ten times. A sample that cannot be scored is answered 422,
which slime tries as often.

Example: ``{"prompt": [{"role": "user", "content": "…"}], "response": "…"}`` is answered ``1.25``.
"""

from typing import Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from clients.contract.scoring import Group, Message
from services.common.foreign import options_of
from services.common.openapi import referenced_body
from services.rm.routes.foreign import RequestScorer
from services.rm.routes.rendered import RenderedOptions, is_rendered, without_end_tokens
from services.rm.routes.scored import ScoredRow

BUDGET_S = 110.0
"""slime hangs up after 120 s."""


class RemoteRm(BaseModel):
    """The request."""

    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True)

    prompt: str | list[Message]
    """Messages, or a text."""
    response: str
    """The completion."""
    label: Any = None
    """Ignored."""


class SlimeOptions(RenderedOptions):
    """The options in the URL."""

    answer: Literal["number", "object"] = "number"
    """``object`` where slime has a ``--reward-key``."""


BODY = RemoteRm


def router(scorer: RequestScorer) -> APIRouter:
    """Return the route, with and without a slash at its end."""
    routes = APIRouter(tags=["slime"])

    @routes.post("/rm", openapi_extra=referenced_body(RemoteRm))
    @routes.post("/rm/", include_in_schema=False)
    async def rm(request: Request) -> Response:
        """Score a response: slime's API. The body of the answer is the raw score."""
        body = await scorer.read(request, RemoteRm)
        options = options_of(request, SlimeOptions)
        row = await _score(scorer, request, body, options)
        if options.answer == "number":
            return scorer.respond(row.score, [row])
        return scorer.respond({"score": row.score, "tokens": row.tokens}, [row])

    return routes


async def _score(scorer: RequestScorer, request: Request, body: RemoteRm, options: SlimeOptions) -> ScoredRow:
    writer = scorer.scoring.backend.writer
    if isinstance(body.prompt, str) and is_rendered(body.prompt, writer, options.rendered, "prompt"):
        text = body.prompt + body.response
        (row,) = await scorer.score_rows(request, [text], "response", budget_s=BUDGET_S)
        return row
    group = Group(prompt=body.prompt, candidates=[without_end_tokens(body.response, writer)])
    (row,) = await scorer.score_groups(request, [group], options, lambda _: "response", budget_s=BUDGET_S)
    return row
