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
from services.common.queries import options_of
from services.rm.routes.inputs import Input, Row, Rows
from services.rm.routes.rendered import RenderedOptions, is_rendered
from services.rm.routes.scored import Scored, activated, usage
from services.rm.routes.wire import Wire, body_of

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


class Routes:
    """The handlers."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter(tags=["vllm", "sglang"])
        for path in ("/score", "/v1/score"):
            router.post(path, openapi_extra=body_of(Score))(self.score)
        return router

    async def score(self, request: Request) -> Response:
        """Score questions and answers; vLLM's or SGLang's wire, told apart by the body's keys. Raw scores."""
        asked = await self._wire.read(request, Score)
        scored = await self._scored(request, asked, options_of(request, RenderedOptions))
        if asked.names()[0] == "query":
            return self._wire.reply(self._sglang(scored), scored)
        activation = "sigmoid" if asked.use_activation else "none"
        return self._wire.reply(self._vllm(scored, activation), scored, activation=activation)

    async def _scored(self, request: Request, asked: Score, options: RenderedOptions) -> list[Scored]:
        second = asked.names()[1]
        if self._are_written_out(asked, options):
            joined = [question + answer for question, answer in asked.pairs()]  # type: ignore[operator]  # of one kind
            return await self._wire.rows(request, joined, second)
        groups = [Group(prompt=str(question), candidates=[str(answer)]) for question, answer in asked.pairs()]
        return await self._wire.groups(request, groups, options, lambda at: f"{second}[{at}]")

    def _are_written_out(self, asked: Score, options: RenderedOptions) -> bool:
        first = asked.names()[0]
        writer = self._wire.scoring.backend.writer
        questions = {question for question, _ in asked.pairs()}
        return any(
            isinstance(question, tuple) or is_rendered(question, writer, options.rendered, first)
            for question in questions
        )

    def _vllm(self, scored: Sequence[Scored], activation: str) -> dict[str, Any]:
        return {
            "id": f"score-{uuid.uuid4().hex}",
            "object": "list",
            "created": int(time.time()),
            "model": self._wire.scoring.backend.info.model,
            "data": [
                {"index": at, "object": "score", "score": activated(each.score, activation)}
                for at, each in enumerate(scored)
            ],
            "usage": usage(scored),
        }

    def _sglang(self, scored: Sequence[Scored]) -> dict[str, Any]:
        return {
            "scores": [[each.score] for each in scored],
            "pooled_hidden_states": None,
            "token_logprobs": None,
            "model": self._wire.scoring.backend.info.model,
            "usage": usage(scored),
            "object": "scoring",
        }
