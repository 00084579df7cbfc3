"""``POST /rerank``, ``/v1/rerank``, ``/v2/rerank``: the wires of Jina, vLLM, SGLang, Cohere and TEI.

The query is what the user said, each of the ``documents`` (TEI: ``texts``) an answer to it: rendered as a conversation.
Results come best first.

Which number: Cohere promises scores between 0 and 1, so ``/v2/rerank`` gives the logistic function of the raw score, in
float64, which orders as the raw scores do. The other paths give raw scores. A body that says ``raw_scores`` (TEI) or
``use_activation`` (vLLM) gets what it says on any path. The header ``X-Score-Activation`` says what was applied.

No score: 503, which these clients try again. A document that cannot be scored: 422, naming it. TEI's ``truncate:
true`` leaves out the middle of an answer, never its end, which is scored; without it, too long is refused. Limits in
tokens per document are not applied: a document is scored whole, or refused.
"""

import uuid
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.responses import Response

from clients.contract.scoring import Group, Truncation
from services.common.queries import options_of
from services.rm.routes.scored import Scored, activated, usage
from services.rm.routes.wire import ChatOptions, Wire, body_of


class Document(BaseModel):
    """A document with fields, of which the text is scored."""

    model_config = ConfigDict(extra="ignore")

    text: str


class Rerank(BaseModel):
    """The request: ``query``, and ``documents`` or ``texts``."""

    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True)

    model: str = ""
    """Not looked at: one model is served."""
    query: str
    """What the user said."""
    documents: list[str | Document] | None = None
    """Jina, Cohere, vLLM, SGLang: answers to it."""
    texts: list[str] | None = None
    """TEI: answers to it."""
    top_n: Annotated[int, Field(ge=0)] | None = None
    """How many to return; 0 or nothing: all."""
    return_documents: bool | None = None
    """Whether results carry the text; default: but for Cohere's path they do."""
    return_text: bool = False
    """TEI: whether results carry the text."""
    raw_scores: bool | None = None
    """TEI: whether scores are raw."""
    use_activation: bool | None = None
    """vLLM: whether scores are between 0 and 1."""
    truncate: bool = False
    """TEI: whether the middle of too long an answer is left out."""
    instruction: None = None
    """vLLM: none is taken; the format has no place for one."""
    instruct: None = None
    """SGLang: none is taken."""

    @model_validator(mode="after")
    def _one_list(self) -> "Rerank":
        if (self.documents is None) == (self.texts is None):
            raise ValueError("give 'documents', or TEI's 'texts'")
        return self

    def answers(self) -> list[str]:
        """What is ranked."""
        return [each if isinstance(each, str) else each.text for each in self.documents or self.texts or []]


class RerankOptions(ChatOptions):
    """The query of the URL."""

    answer: Literal["object", "list"] = "object"
    """``list`` for clients of SGLang, whose body is the same and whose answer is not."""


class Routes:
    """The handlers."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter(tags=["rerank"])
        for path in ("/rerank", "/v1/rerank", "/v2/rerank"):
            router.post(path, openapi_extra=body_of(Rerank))(self.rerank)
        return router

    async def rerank(self, request: Request) -> Response:
        """Rank answers to a question; the wires of Jina, Cohere, vLLM, SGLang and TEI."""
        asked = await self._wire.read(request, Rerank)
        options = options_of(request, RerankOptions)
        if asked.truncate:
            options = options.model_copy(update={"truncation": Truncation.MIDDLE})
        field = "texts" if asked.documents is None else "documents"
        group = Group(prompt=asked.query, candidates=asked.answers())
        scored = await self._wire.groups(request, [group], options, lambda at: f"{field}[{at}]")
        cohere = request.url.path.startswith("/v2/")
        activation = _activation(asked, bounded=cohere)
        if field == "texts":
            body: Any = _tei(asked, scored, activation)
        elif options.answer == "list":
            body = _sglang(asked, scored, activation)
        else:
            body = self._results(asked, scored, activation, cohere=cohere)
        return self._wire.reply(body, scored, activation=activation)

    def _results(
        self, asked: Rerank, scored: Sequence[Scored], activation: str, *, cohere: bool
    ) -> dict[str, Any]:
        shown = asked.return_documents if asked.return_documents is not None else not cohere
        answers = asked.answers()
        results = [
            {
                "index": at,
                **({"document": {"text": answers[at], "multi_modal": None}} if shown else {}),
                "relevance_score": activated(scored[at].score, activation),
            }
            for at in _best(asked, scored)
        ]
        identity = f"rerank-{uuid.uuid4().hex}"
        if cohere:
            meta = {
                "api_version": {"version": "2"},
                "tokens": {"input_tokens": usage(scored)["prompt_tokens"]},
            }
            return {"id": identity, "results": results, "meta": meta}
        model = self._wire.scoring.backend.info.model
        return {"id": identity, "model": model, "usage": usage(scored), "results": results}


def _activation(asked: Rerank, *, bounded: bool) -> str:
    if asked.raw_scores is not None:
        bounded = not asked.raw_scores
    if asked.use_activation is not None:
        bounded = asked.use_activation
    return "sigmoid" if bounded else "none"


def _best(asked: Rerank, scored: Sequence[Scored]) -> list[int]:
    """Places of the best answers, best first; equals in their order."""
    order = sorted(range(len(scored)), key=lambda at: -scored[at].score)
    return order[: asked.top_n or None]


def _tei(asked: Rerank, scored: Sequence[Scored], activation: str) -> list[dict[str, Any]]:
    answers = asked.answers()
    return [
        {
            "index": at,
            "score": activated(scored[at].score, activation),
            **({"text": answers[at]} if asked.return_text else {}),
        }
        for at in _best(asked, scored)
    ]


def _sglang(asked: Rerank, scored: Sequence[Scored], activation: str) -> list[dict[str, Any]]:
    answers = asked.answers()
    shown = asked.return_documents is not False
    return [
        {
            "score": activated(scored[at].score, activation),
            "document": answers[at] if shown else None,
            "index": at,
            "meta_info": {"id": uuid.uuid4().hex, "prompt_tokens": scored[at].tokens},
        }
        for at in _best(asked, scored)
    ]
