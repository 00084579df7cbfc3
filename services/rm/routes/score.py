"""``POST /score`` and ``/v1/score``: vLLM's API (pairs of texts) and SGLang's (one query with items).

A pair is rendered as a conversation: the query is the user's turn, the document is the answer. (vLLM itself joins the
two without the model's chat template. No chat reward model was trained on that.) Token ids, and texts that are
``rendered`` already by the option in the URL, are joined unchanged. Scores are raw; ``"use_activation": true`` asks for
the logistic function, and the header ``X-Score-Activation`` says which was done.

Limits per query or document are not applied: a document is scored whole, or refused. A pair without a score is answered
503; a pair that cannot be scored, 422 with the place of its document.

Example: ``{"text_1": "Add two numbers.", "text_2": ["def add(a, b): return a + b"]}`` is answered ``{"object": "list",
"data": [{"index": 0, "object": "score", "score": 1.25}], …}``.
"""

import time
import uuid
from collections.abc import Sequence
from typing import Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, model_validator
from starlette.responses import Response

from clients.contract.scoring import Group
from services.common.foreign import options_of
from services.common.openapi import referenced_body
from services.rm.routes.foreign import RequestScorer
from services.rm.routes.inputs import Input, Row, Rows
from services.rm.routes.rendered import RenderedOptions, is_rendered
from services.rm.routes.scored import ScoredRow, activated, usage
from services.rm.tokens.formats import Writer

_VLLM_PAIRS = (("queries", "documents"), ("queries", "items"), ("text_1", "text_2"), ("data_1", "data_2"))


class Score(BaseModel):
    """The request: one of vLLM's pairs of names, or SGLang's ``query`` and ``items``."""

    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True)

    model: str = ""
    """Ignored: the service serves one model."""
    query: Input | None = None
    """SGLang: the one query that all items answer; a text, or token ids."""
    queries: Input | None = None
    """vLLM: one query, or one per document."""
    text_1: Input | None = None
    """vLLM: another name for ``queries``."""
    data_1: Input | None = None
    """vLLM: another name for ``queries``."""
    items: Input | None = None
    """The answers to ``query`` (SGLang) or ``queries``."""
    documents: Input | None = None
    """vLLM: the answers."""
    text_2: Input | None = None
    """vLLM: another name for ``documents``."""
    data_2: Input | None = None
    """vLLM: another name for ``documents``."""
    use_activation: bool | None = None
    """vLLM: whether to apply the logistic function to scores; default: scores are raw."""
    apply_softmax: Literal[False] | None = None
    """SGLang: refused if true, because the softmax of one number is always 1."""
    label_token_ids: list[int] | None = None
    """SGLang, for language models: refused unless empty, because a reward model has no such labels."""
    item_first: Literal[False] | None = None
    """SGLang: refused if true, because an answer comes after its question."""
    instruction: None = None
    """vLLM: refused, because the format has no place for an instruction."""

    @model_validator(mode="after")
    def _pairs(self) -> "Score":
        if self.label_token_ids:
            raise ValueError("label_token_ids: a reward model scores no labels; leave them out")
        first, second = (getattr(self, name) for name in self.names())
        many = len(first.rows)
        if many not in (1, len(second.rows)):
            raise ValueError(
                f"{many} {self.names()[0]} for {len(second.rows)} {self.names()[1]}; give one, or one each"
            )
        kinds = {type(row) for row in (*first.rows, *second.rows)}
        if len(kinds) > 1:
            raise ValueError("give texts, or token ids, not both")
        return self

    def names(self) -> tuple[str, str]:
        """Return the fields of this request that hold the questions and the answers.

        Raises:
            ValueError: one of the two is missing.
        """
        for names in (("query", "items"), *_VLLM_PAIRS):
            if all(getattr(self, name) is not None for name in names):
                return names
        allowed = ", ".join(f"{first} and {second}" for first, second in (("query", "items"), *_VLLM_PAIRS))
        raise ValueError(f"give one of these pairs: {allowed}")

    def pairs(self) -> list[tuple[Row, Row]]:
        """Return each answer with its question."""
        first, second = (getattr(self, name) for name in self.names())
        assert isinstance(first, Rows)
        assert isinstance(second, Rows)
        questions = first.rows * len(second.rows) if len(first.rows) == 1 else first.rows
        return list(zip(questions, second.rows, strict=True))


BODY = Score


def router(scorer: RequestScorer) -> APIRouter:
    """Return the route, at both of its paths."""
    routes = APIRouter(tags=["vllm", "sglang"])

    @routes.post("/v1/score", openapi_extra=referenced_body(Score))
    @routes.post("/score", openapi_extra=referenced_body(Score))
    async def score(request: Request) -> Response:
        """Score questions and answers: the API of vLLM or of SGLang, recognised by the body's fields. Raw scores."""
        body = await scorer.read(request, Score)
        rows = await _score(scorer, request, body, options_of(request, RenderedOptions))
        if body.names()[0] == "query":
            return scorer.respond(_sglang(rows, scorer.model), rows)
        activation = "sigmoid" if body.use_activation else "none"
        return scorer.respond(_vllm(rows, activation, scorer.model), rows, activation=activation)

    return routes


async def _score(
    scorer: RequestScorer, request: Request, body: Score, options: RenderedOptions
) -> list[ScoredRow]:
    second = body.names()[1]
    if _is_rendered(body, scorer.scoring.backend.writer, options):
        # ``_pairs`` has checked that both are texts, or both are token ids.
        joined = [question + answer for question, answer in body.pairs()]  # type: ignore[operator]
        return await scorer.score_rows(request, joined, second)
    groups = [Group(prompt=str(question), candidates=[str(answer)]) for question, answer in body.pairs()]
    return await scorer.score_groups(request, groups, options, lambda row: f"{second}[{row}]")


def _is_rendered(body: Score, writer: Writer, options: RenderedOptions) -> bool:
    field = body.names()[0]
    questions = {question for question, _ in body.pairs()}
    return any(
        isinstance(question, tuple) or is_rendered(question, writer, options.rendered, field)
        for question in questions
    )


def _vllm(rows: Sequence[ScoredRow], activation: str, model: str) -> dict[str, Any]:
    return {
        "id": f"score-{uuid.uuid4().hex}",
        "object": "list",
        "created": int(time.time()),
        "model": model,
        "data": [
            {"index": index, "object": "score", "score": activated(row.score, activation)}
            for index, row in enumerate(rows)
        ],
        "usage": usage(rows),
    }


def _sglang(rows: Sequence[ScoredRow], model: str) -> dict[str, Any]:
    return {
        "scores": [[row.score] for row in rows],
        "pooled_hidden_states": None,
        "token_logprobs": None,
        "model": model,
        "usage": usage(rows),
        "object": "scoring",
    }
