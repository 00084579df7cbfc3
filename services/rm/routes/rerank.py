"""``POST /rerank``, ``/v1/rerank``, ``/v2/rerank``: the APIs of Jina, vLLM, SGLang, Cohere and TEI.

The query is the user's turn, and each of the ``documents`` (TEI: ``texts``) is an answer to it: the two are rendered as
a conversation. Results are sorted, best first.

Cohere promises scores between 0 and 1, so ``/v2/rerank`` applies the logistic function to the raw scores, in float64,
which keeps their order. The other paths return raw scores. ``raw_scores`` (TEI) or ``use_activation`` (vLLM) in a body
decides on any path. The header ``X-Score-Activation`` says which was done.

A document without a score is answered 503, after which these clients try again; a document that cannot be scored, 422
with its place. TEI's ``truncate: true`` cuts the middle out of an answer that is too long, never its end, which is
scored; without it such an answer is refused. Limits in tokens per document are not applied: a document is scored whole,
or refused.

Example: ``{"query": "Add two numbers.", "documents": ["def add(a, b): return a + b", "I cannot."], "top_n": 1}`` is
answered ``{"results": [{"index": 0, "document": {…}, "relevance_score": 1.25}], …}``.
"""

import uuid
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.responses import Response

from clients.contract.scoring import Group, Truncation
from services.common.foreign import options_of
from services.common.openapi import referenced_body
from services.rm.routes.foreign import RequestScorer
from services.rm.routes.options import ChatOptions
from services.rm.routes.scored import ScoredRow, activated, usage


class Document(BaseModel):
    """A document with fields. Only its text is scored."""

    model_config = ConfigDict(extra="ignore")

    text: str


class Rerank(BaseModel):
    """The request: ``query``, and ``documents`` or ``texts``."""

    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True)

    model: str = ""
    """Ignored: the service serves one model."""
    query: str
    """The user's turn."""
    documents: list[str | Document] | None = None
    """Jina, Cohere, vLLM, SGLang: the answers to the query."""
    texts: list[str] | None = None
    """TEI: the answers to the query."""
    top_n: Annotated[int, Field(ge=0)] | None = None
    """How many results to return; 0 or absent: all."""
    return_documents: bool | None = None
    """Whether results contain the documents; default: yes, except on Cohere's path."""
    return_text: bool = False
    """TEI: whether results contain the texts."""
    raw_scores: bool | None = None
    """TEI: whether scores are raw."""
    use_activation: bool | None = None
    """vLLM: whether scores are between 0 and 1."""
    truncate: bool = False
    """TEI: whether to cut the middle out of an answer that is too long."""
    instruction: None = None
    """vLLM: refused, because the format has no place for an instruction."""
    instruct: None = None
    """SGLang: refused, as ``instruction`` is."""

    @model_validator(mode="after")
    def _one_list(self) -> "Rerank":
        if (self.documents is None) == (self.texts is None):
            raise ValueError("give 'documents', or TEI's 'texts'")
        return self

    def answers(self) -> list[str]:
        """Return the texts to rank."""
        documents = self.documents or self.texts or []
        return [text if isinstance(text, str) else text.text for text in documents]


class RerankOptions(ChatOptions):
    """The options in the URL."""

    answer: Literal["object", "list"] = "object"
    """``list`` for clients of SGLang: their request looks like Jina's, and they expect another response."""


BODY = Rerank


def router(scorer: RequestScorer) -> APIRouter:
    """Return the route, at its three paths."""
    routes = APIRouter(tags=["rerank"])

    @routes.post("/v2/rerank", openapi_extra=referenced_body(Rerank))
    @routes.post("/v1/rerank", openapi_extra=referenced_body(Rerank))
    @routes.post("/rerank", openapi_extra=referenced_body(Rerank))
    async def rerank(request: Request) -> Response:
        """Rank answers to a question: the APIs of Jina, Cohere, vLLM, SGLang and TEI."""
        body = await scorer.read(request, Rerank)
        options = options_of(request, RerankOptions)
        if body.truncate:
            options = options.model_copy(update={"truncation": Truncation.MIDDLE})
        field = "texts" if body.documents is None else "documents"
        group = Group(prompt=body.query, candidates=body.answers())
        rows = await scorer.score_groups(request, [group], options, lambda row: f"{field}[{row}]")
        cohere = request.url.path.startswith("/v2/")
        activation = _activation(body, bounded=cohere)
        if field == "texts":
            response: Any = _tei(body, rows, activation)
        elif options.answer == "list":
            response = _sglang(body, rows, activation)
        elif cohere:
            response = _cohere(body, rows, activation)
        else:
            response = _jina(body, rows, activation, scorer.model)
        return scorer.respond(response, rows, activation=activation)

    return routes


def _activation(body: Rerank, *, bounded: bool) -> str:
    if body.raw_scores is not None:
        bounded = not body.raw_scores
    if body.use_activation is not None:
        bounded = body.use_activation
    return "sigmoid" if bounded else "none"


def _best(body: Rerank, rows: Sequence[ScoredRow]) -> list[int]:
    """Return the indices of the ``top_n`` best answers, best first; equal scores keep their order."""
    order = sorted(range(len(rows)), key=lambda index: -rows[index].score)
    return order[: body.top_n or None]


def _cohere(body: Rerank, rows: Sequence[ScoredRow], activation: str) -> dict[str, Any]:
    meta = {"api_version": {"version": "2"}, "tokens": {"input_tokens": usage(rows)["prompt_tokens"]}}
    results = _results(body, rows, activation, with_documents=body.return_documents is True)
    return {"id": f"rerank-{uuid.uuid4().hex}", "results": results, "meta": meta}


def _jina(body: Rerank, rows: Sequence[ScoredRow], activation: str, model: str) -> dict[str, Any]:
    results = _results(body, rows, activation, with_documents=body.return_documents is not False)
    return {"id": f"rerank-{uuid.uuid4().hex}", "model": model, "usage": usage(rows), "results": results}


def _results(
    body: Rerank, rows: Sequence[ScoredRow], activation: str, *, with_documents: bool
) -> list[dict[str, Any]]:
    answers = body.answers()
    return [
        {
            "index": index,
            **({"document": {"text": answers[index], "multi_modal": None}} if with_documents else {}),
            "relevance_score": activated(rows[index].score, activation),
        }
        for index in _best(body, rows)
    ]


def _tei(body: Rerank, rows: Sequence[ScoredRow], activation: str) -> list[dict[str, Any]]:
    answers = body.answers()
    return [
        {
            "index": index,
            "score": activated(rows[index].score, activation),
            **({"text": answers[index]} if body.return_text else {}),
        }
        for index in _best(body, rows)
    ]


def _sglang(body: Rerank, rows: Sequence[ScoredRow], activation: str) -> list[dict[str, Any]]:
    answers = body.answers()
    with_documents = body.return_documents is not False
    return [
        {
            "score": activated(rows[index].score, activation),
            "document": answers[index] if with_documents else None,
            "index": index,
            "meta_info": {"id": uuid.uuid4().hex, "prompt_tokens": rows[index].tokens},
        }
        for index in _best(body, rows)
    ]
