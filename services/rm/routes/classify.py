"""``POST /classify``: vLLM's wire (``input`` or ``messages``) and SGLang's (``text`` or ``input_ids``).

SGLang's is at ``/encode`` too. Texts are written out by the client and scored as they are, but for a second token for
the beginning. ``messages`` are rendered in the server's format; the last one is the answer that is scored.

vLLM's ``probs`` carries the raw score. vLLM itself would make its logistic function of it, which is 1.0 for every good
answer; that is had with ``"use_activation": true``, and the header ``X-Score-Activation`` says so.

No score: 503, which verl tries sixteen times. A row that cannot be scored: 422, after which verl stops.
"""

import time
import uuid
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import Field, model_validator
from starlette.responses import Response

from clients.contract.scoring import Group
from services.common.queries import options_of
from services.rm.routes.inputs import Cut, Input
from services.rm.routes.messages import Conversation
from services.rm.routes.scored import Scored, activated, usage
from services.rm.routes.wire import ChatOptions, Wire, WireOptions, body_of

_FORMS = ("input", "messages", "text", "input_ids")


class Classify(Conversation):
    """The request: one of ``input``, ``messages``, ``text`` and ``input_ids``."""

    model: str = ""
    """Not looked at: one model is served."""
    input: Input | None = None
    """vLLM: whole conversations as texts, or as token ids."""
    text: Input | None = None
    """SGLang: the same as texts."""
    input_ids: Input | None = None
    """SGLang: the same as token ids."""
    add_special_tokens: bool | None = None
    """Whether the tokenizer may add its own to a text; default: it may. Never a second one for the beginning."""
    use_activation: bool | None = None
    """Whether ``probs`` is the logistic function of the score; default: it is the score."""
    truncate_prompt_tokens: Annotated[int, Field(ge=-1)] | None = None
    """Tokens to keep of what is longer, -1 for as many as the model takes; default: too long is refused."""
    truncation_side: Literal["left", "right"] | None = None
    """Where to cut; what would be cut at the right is refused, for the end is what is scored."""
    request_id: str | None = None
    """vLLM: becomes part of the answer's id."""
    rid: str | list[str] | None = None
    """SGLang: becomes the answer's id."""

    @model_validator(mode="after")
    def _one_form(self) -> "Classify":
        given = [name for name in _FORMS if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"give one of {', '.join(_FORMS)}; there are {' and '.join(given) or 'none'}")
        return self


class Routes:
    """The handlers."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter(tags=["vllm", "sglang"])
        for path in ("/classify", "/encode"):
            router.post(path, openapi_extra=body_of(Classify))(self.classify)
        return router

    async def classify(self, request: Request) -> Response:
        """Score whole texts; vLLM's or SGLang's wire, told apart by the body's keys. Raw scores."""
        asked = await self._wire.read(request, Classify)
        start = time.perf_counter()
        if asked.messages is not None:
            where = "messages"
            group = Group(prompt=asked.before(), candidates=[asked.answer()])
            options = options_of(request, ChatOptions)
            scored = await self._wire.groups(request, [group], options, lambda _: where)
            return self._vllm(asked, scored)
        options_of(request, WireOptions)
        field = next(name for name in _FORMS if getattr(asked, name) is not None)
        rows = getattr(asked, field)
        scored = await self._wire.rows(
            request,
            rows.rows,
            field,
            add_special_tokens=asked.add_special_tokens is not False,
            cut=_cut(asked),
        )
        if field == "input":
            return self._vllm(asked, scored)
        told = _sglang(asked, scored, time.perf_counter() - start)
        return self._wire.reply(told[0] if rows.lone else told, scored)

    def _vllm(self, asked: Classify, scored: Sequence[Scored]) -> Response:
        activation = "sigmoid" if asked.use_activation else "none"
        data = [
            {"index": at, "label": None, "probs": [activated(each.score, activation)], "num_classes": 1}
            for at, each in enumerate(scored)
        ]
        body = {
            "id": f"classify-{asked.request_id or uuid.uuid4().hex}",
            "object": "list",
            "created": int(time.time()),
            "model": self._wire.scoring.backend.info.model,
            "data": data,
            "usage": usage(scored),
        }
        return self._wire.reply(body, scored, activation=activation)


def _cut(asked: Classify) -> Cut | None:
    if asked.truncate_prompt_tokens is None:
        return None
    return Cut(asked.truncate_prompt_tokens, asked.truncation_side)


def _sglang(asked: Classify, scored: Sequence[Scored], wall_s: float) -> list[dict[str, Any]]:
    rids = [asked.rid] if isinstance(asked.rid, str) else asked.rid or []
    return [
        {
            "embedding": [each.score],
            "meta_info": {
                "id": rids[at] if at < len(rids) else uuid.uuid4().hex,
                "prompt_tokens": each.tokens,
                "cached_tokens": max(each.tokens - round(each.computed), 0),
                "e2e_latency": wall_s,
            },
        }
        for at, each in enumerate(scored)
    ]
