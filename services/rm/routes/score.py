"""``POST /score`` and ``/v1/score``: pairs as vLLM's clients send them, or SGLang's one query with its items.

A pair is rendered as a conversation: the query is what the user said, the document what was answered. (vLLM itself
puts both behind one another without the model's chat template, under which no chat reward model was trained.) Token
ids, and texts that the URL says are ``rendered`` already, are joined as they are. Scores are raw; ``"use_activation":
true`` asks for the logistic function, and the header ``X-Score-Activation`` says so.

Limits per query or document are not applied: a document is scored whole, or refused. No score: 503. A pair that cannot
be scored: 422, naming the document.
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

_PAIRS = (("queries", "documents"), ("queries", "items"), ("text_1", "text_2"), ("data_1", "data_2"))


class Score(BaseModel):
    """The request: one of vLLM's pairs of names, or SGLang's ``query`` and ``items``."""

    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True)

    model: str = ""
    """Not looked at: one model is served."""
    query: Input | None = None
    """SGLang: what all items answer; text, or token ids."""
    queries: Input | None = None
    """vLLM: one, or as many as there are documents."""
    text_1: Input | None = None
    """The same."""
    data_1: Input | None = None
    """The same."""
    items: Input | None = None
    """Answers."""
    documents: Input | None = None
    """Answers."""
    text_2: Input | None = None
    """Answers."""
    data_2: Input | None = None
    """Answers."""
    use_activation: bool | None = None
    """vLLM: whether a score is the logistic function of the raw one; default: it is raw."""
    apply_softmax: Literal[False] | None = None
    """SGLang: of one number it is always 1, so it is refused."""
    label_token_ids: list[int] | None = None
    """SGLang, of language models: a reward model has no such labels, so any are refused."""
    item_first: Literal[False] | None = None
    """SGLang: an answer comes after its question."""
    instruction: None = None
    """vLLM: none is taken; the format has no place for one."""

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
        """What the two sides are called here.

        Raises:
            ValueError: one is missing.
        """
        for names in (("query", "items"), *_PAIRS):
            if all(getattr(self, name) is not None for name in names):
                return names
        known = ", ".join(f"{first} and {second}" for first, second in (("query", "items"), *_PAIRS))
        raise ValueError(f"give one of these pairs: {known}")

    def pairs(self) -> list[tuple[Row, Row]]:
        """A question and an answer each."""
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
        """Score questions and answers; vLLM's or SGLang's wire, told apart by the body's keys. Raw scores."""
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
    if _is_written_out(body, scorer.scoring.backend.writer, options):
        joined = [question + answer for question, answer in body.pairs()]  # type: ignore[operator]  # of one kind
        return await scorer.score_rows(request, joined, second)
    groups = [Group(prompt=str(question), candidates=[str(answer)]) for question, answer in body.pairs()]
    return await scorer.score_groups(request, groups, options, lambda row: f"{second}[{row}]")


def _is_written_out(body: Score, writer: Writer, options: RenderedOptions) -> bool:
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
