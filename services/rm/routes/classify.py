"""``POST /classify``: vLLM's API (``input`` or ``messages``) and SGLang's (``text`` or ``input_ids``).

SGLang's is at ``/encode`` too. The client renders the texts, and they are scored unchanged; only a second
beginning-of-sequence token is dropped. ``messages`` are rendered in the server's format; the last one is the answer
that is scored.

vLLM's ``probs`` carries the raw score. vLLM itself would apply the logistic function, which is 1.0 for every good
answer; ``"use_activation": true`` asks for that, and the header ``X-Score-Activation`` says which was done.

A row without a score is answered 503, which verl tries sixteen times. A row that cannot be scored is answered 422,
after which verl stops.

Example: ``{"input": ["<|user|>…<|assistant|>…"]}`` is answered ``{"object": "list", "data": [{"index": 0,
"label": null, "probs": [1.25], "num_classes": 1}], …}``.
"""

import time
import uuid
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import Field, model_validator
from starlette.responses import Response

from clients.contract.scoring import Group
from services.common.foreign import ApiOptions, options_of
from services.common.openapi import referenced_body
from services.rm.routes.foreign import RequestScorer
from services.rm.routes.inputs import Cut, Input, Rows
from services.rm.routes.messages import Conversation
from services.rm.routes.options import ChatOptions
from services.rm.routes.scored import ScoredRow, activated, usage

_FORMS = ("input", "messages", "text", "input_ids")


class Classify(Conversation):
    """The request: one of ``input``, ``messages``, ``text`` and ``input_ids``."""

    model: str = ""
    """Ignored: the service serves one model."""
    input: Input | None = None
    """vLLM: whole conversations as texts, or as token ids."""
    text: Input | None = None
    """SGLang: whole conversations as texts."""
    input_ids: Input | None = None
    """SGLang: whole conversations as token ids."""
    add_special_tokens: bool | None = None
    """Whether the tokenizer may add its special tokens to a text; default: true. It never adds a second
    beginning-of-sequence token."""
    use_activation: bool | None = None
    """Whether ``probs`` is the logistic function of the score; default: it is the score."""
    truncate_prompt_tokens: Annotated[int, Field(ge=-1)] | None = None
    """Tokens to keep of a longer text, -1 for as many as the model takes; default: a longer text is refused."""
    truncation_side: Literal["left", "right"] | None = None
    """The side to cut. A cut on the right is refused, because the end of the text is what is scored."""
    request_id: str | None = None
    """vLLM: becomes part of the response's id."""
    rid: str | list[str] | None = None
    """SGLang: becomes the id of the response."""

    @model_validator(mode="after")
    def _one_form(self) -> "Classify":
        given = [name for name in _FORMS if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"give one of {', '.join(_FORMS)}; there are {' and '.join(given) or 'none'}")
        return self


BODY = Classify


def router(scorer: RequestScorer) -> APIRouter:
    """Return the route, at both of its paths."""
    routes = APIRouter(tags=["vllm", "sglang"])

    @routes.post("/encode", openapi_extra=referenced_body(Classify))
    @routes.post("/classify", openapi_extra=referenced_body(Classify))
    async def classify(request: Request) -> Response:
        """Score whole texts: the API of vLLM or of SGLang, recognised by the body's fields. Returns raw scores."""
        body = await scorer.read(request, Classify)
        start = time.perf_counter()
        if body.messages is not None:
            group = Group(prompt=body.before(), candidates=[body.answer()])
            options = options_of(request, ChatOptions)
            rows = await scorer.score_groups(request, [group], options, lambda _: "messages")
            return _vllm(scorer, body, rows)
        options_of(request, ApiOptions)
        field = next(name for name in _FORMS if getattr(body, name) is not None)
        given: Rows = getattr(body, field)
        add_special_tokens = body.add_special_tokens is not False
        rows = await scorer.score_rows(
            request, given.rows, field, add_special_tokens=add_special_tokens, cut=_cut(body)
        )
        if field == "input":
            return _vllm(scorer, body, rows)
        response = _sglang(body, rows, time.perf_counter() - start)
        return scorer.respond(response[0] if given.is_single else response, rows)

    return routes


def _vllm(scorer: RequestScorer, body: Classify, rows: Sequence[ScoredRow]) -> Response:
    activation = "sigmoid" if body.use_activation else "none"
    data = [
        {"index": index, "label": None, "probs": [activated(row.score, activation)], "num_classes": 1}
        for index, row in enumerate(rows)
    ]
    response = {
        "id": f"classify-{body.request_id or uuid.uuid4().hex}",
        "object": "list",
        "created": int(time.time()),
        "model": scorer.model,
        "data": data,
        "usage": usage(rows),
    }
    return scorer.respond(response, rows, activation=activation)


def _cut(body: Classify) -> Cut | None:
    if body.truncate_prompt_tokens is None:
        return None
    return Cut(body.truncate_prompt_tokens, body.truncation_side)


def _sglang(body: Classify, rows: Sequence[ScoredRow], wall_s: float) -> list[dict[str, Any]]:
    ids = [body.rid] if isinstance(body.rid, str) else body.rid or []
    return [
        {
            "embedding": [row.score],
            "meta_info": {
                "id": ids[index] if index < len(ids) else uuid.uuid4().hex,
                "prompt_tokens": row.tokens,
                "cached_tokens": max(row.tokens - row.computed, 0),
                "e2e_latency": wall_s,
            },
        }
        for index, row in enumerate(rows)
    ]
