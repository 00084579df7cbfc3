"""A chat model is asked to judge, over any OpenAI-compatible endpoint, at temperature 0.

Two ways: it writes a rating from 0 to 10, or the score is how much likelier, in nats, its first word is Yes than No.
The prompts are the ``.md`` files beside this one. There is no tokenizer: a token is a byte of the text, and what
``max_tokens`` bounds is bytes. What the judge's answer does not hold is an error, never a number of ours.

Not promised: that two judgements of one answer are the same, nor that an answer cannot talk a judge into a rating.
Tested against a stand-in of the endpoint's documented shapes.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from functools import partial
from typing import Any

from clients.contract.scoring import ModelInfo
from services.rm.backend import Deliver, IsAwaited, ScoreResult
from services.rm.backends.judge_prompt import (
    NoRatingError,
    label_difference,
    load_prompt,
    question,
    rating,
    written,
)
from services.rm.backends.remote import ScoringServer, ServerFailedError
from services.rm.models.checkpoint import CheckpointError
from services.rm.settings import RmSettings
from services.rm.tokens.formats import Conversation, Writer
from services.rm.tokens.items import ScoringItem

FORMAT = "judge"
BATCH_BYTES = 4_000_000
"""The endpoint makes batches of its own. This only bounds how much older work new items wait behind."""
RAW = 256
"""Judges are asked otherwise about whole texts than about conversations, so the cache must tell them apart."""
RATING_TOKENS = 2_048
"""Room for a judge to go through cases before it rates."""
TOP_LOGPROBS = 20
"""As many as OpenAI's endpoint gives."""


class JudgeWriter(Writer):
    """Writes conversations for a judge: no template, no tokenizer."""

    __slots__ = ()

    def __init__(self) -> None:
        object.__setattr__(self, "name", FORMAT)
        object.__setattr__(self, "suffix", "")

    def text(self, conversation: Conversation, test: str | None = None) -> str:  # noqa: ARG002 - a writer's signature
        """Return the turns as JSON, so that what tells conversations apart tells their texts apart."""
        return written(conversation)

    def ids(self, text: str) -> tuple[int, ...]:
        """Return the bytes of a text."""
        return tuple(text.encode())

    def ids_of_raw(self, text: str, *, add_special_tokens: bool = True) -> tuple[int, ...]:  # noqa: ARG002
        """Return the bytes of a text, counted from ``RAW`` on: it is no conversation, even if it reads like one."""
        return tuple(RAW + byte for byte in text.encode())

    def token(self, token_id: int) -> str:
        """Return how one byte reads."""
        return bytes([token_id % RAW]).decode(errors="replace")

    def special_tokens(self) -> frozenset[str]:
        """There are none."""
        return frozenset()


class JudgeBackend:
    """A chat model behind an endpoint."""

    concurrency = 4
    """So that one long batch does not hold up the next; requests at once are the server's ``concurrency``."""
    batch_tokens = BATCH_BYTES
    vocabulary = 0

    def __init__(self, settings: RmSettings) -> None:
        if settings.format or settings.suffix:
            raise CheckpointError(
                "a judge reads conversations as they are; leave RM_FORMAT and RM_SUFFIX out"
            )
        try:
            self._prompt = load_prompt(settings.judge_by, settings.judge_prompt)
        except ValueError as error:
            raise CheckpointError(str(error)) from error
        self._by = settings.judge_by
        self._model = settings.model
        self._longest = settings.max_tokens
        self._server = ScoringServer(
            settings.server_url,
            settings.server_key,
            concurrency=settings.server_concurrency,
            read_s=settings.deadline_s,
        )
        known_by = f"{self._server.url}|{settings.model}|{settings.revision}|{self._by}|{self._prompt}"
        self._version = hashlib.sha256(known_by.encode()).hexdigest()[:12]
        self._writer = JudgeWriter()

    @property
    def writer(self) -> Writer:
        """Writes words."""
        return self._writer

    @property
    def info(self) -> ModelInfo:
        """What is being served."""
        return ModelInfo(
            model=self._model,
            version=self._version,
            backend=f"judge by {self._by} at {self._server.url}",
            format=FORMAT,
            formats=[FORMAT],
            max_tokens=self._longest,
            sharing="off: asked one by one",
        )

    async def score(self, items: Sequence[ScoringItem], deliver: Deliver, is_awaited: IsAwaited) -> None:
        """Ask about each item."""
        asked = (
            self._server.one(at, partial(self._ask, item), deliver, is_awaited)
            for at, item in enumerate(items)
        )
        await asyncio.gather(*asked)

    async def ready(self) -> str:
        """Whether the endpoint answers."""
        try:
            await self._server.models()
        except ServerFailedError as away:
            return f"{away}; start it, or correct RM_SERVER_URL"
        return ""

    async def close(self) -> None:
        """Close the connections."""
        await self._server.close()

    async def _ask(self, item: ScoringItem) -> ScoreResult:
        if item.truncated:
            return ScoreResult(
                error="a judge is not shown half an answer; send a shorter one, or raise RM_MAX_TOKENS"
            )
        told = await self._server.post("/v1/chat/completions", self._body(item))
        try:
            (choice,) = told["choices"]
            read = rating if self._by == "rating" else label_difference
            return ScoreResult(read(choice), computed=len(item.ids))
        except NoRatingError as error:
            return ScoreResult(error=str(error), retryable=True)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ServerFailedError("the endpoint's answer is no chat completion") from error

    def _body(self, item: ScoringItem) -> dict[str, Any]:
        asked = [{"role": "user", "content": question(self._prompt, item)}]
        body = {"model": self._model, "messages": asked, "temperature": 0}
        if self._by == "rating":
            return {**body, "max_tokens": RATING_TOKENS}
        return {**body, "max_tokens": 1, "logprobs": True, "top_logprobs": TOP_LOGPROBS}
