"""Scores with a chat model as a judge, over any OpenAI-compatible endpoint, at temperature 0.

There are two ways. ``rating``: the judge writes a rating from 0 to 10. ``labels``: the score is the difference of the
log probabilities of Yes and No as the first token of its answer. The prompts are the ``.md`` files beside this file.
There is no tokenizer: a token is one byte of the text, and ``max_tokens`` counts bytes. An answer without a rating is
an error; no number is made up for it.

Not promised: that two judgements of one answer are equal, or that an answer cannot persuade the judge to give a high
rating. Tested with a fake endpoint of the documented API.
"""

import asyncio
import hashlib
import json
from collections.abc import Sequence
from functools import partial
from typing import Any

from clients.contract.scoring import ModelInfo
from services.rm.backend import Deliver, IsAwaited, ScoreResult
from services.rm.backends.judge_prompt import (
    NoRatingError,
    conversation_json,
    fill_prompt,
    load_prompt,
    parse_label_difference,
    parse_rating,
)
from services.rm.backends.remote import ScoringServer, ServerFailedError
from services.rm.models.checkpoint import CheckpointError
from services.rm.settings import RmSettings
from services.rm.tokens.formats import Conversation, Writer
from services.rm.tokens.items import ScoringItem

FORMAT = "judge"
BATCH_BYTES = 4_000_000
"""The endpoint makes batches of its own. This only limits how much older work is ahead of a new item."""
RAW_OFFSET = 256
"""Added to the bytes of a whole text. The judge gets another prompt for a whole text than for a conversation, so the
cache must not take one for the other."""
RATING_TOKENS = 2_048
"""Room for a judge to go through cases before it rates."""
ATTEMPTS = 2
"""Requests for one item, if the first answer has no rating. At temperature 0 most models repeat themselves, so a third
request would be in vain, and so would be one of the client's: the error is the item's own."""
TOP_LOGPROBS = 20
"""The most that OpenAI's endpoint returns."""


class JudgeWriter(Writer):
    """Writes conversations for a judge: no template, no tokenizer."""

    __slots__ = ()

    def __init__(self) -> None:
        # The base class is a frozen dataclass, and there is no tokenizer to give to its __init__.
        object.__setattr__(self, "name", FORMAT)
        object.__setattr__(self, "suffix", "")

    def text(self, conversation: Conversation, test: str | None = None) -> str:  # noqa: ARG002 - a writer's signature
        """Return the turns as JSON, so that two different conversations never have the same text."""
        return conversation_json(conversation)

    def ids(self, text: str, answer_chars: int = 0) -> tuple[int, ...]:  # noqa: ARG002
        """Return the bytes of a text."""
        return tuple(text.encode())

    def ids_of_raw(self, text: str, *, add_special_tokens: bool = True) -> tuple[int, ...]:  # noqa: ARG002
        """Return the bytes of a text plus ``RAW_OFFSET``: it is no conversation, even if it reads like one."""
        return tuple(RAW_OFFSET + byte for byte in text.encode())

    def token(self, token_id: int) -> str:
        """Return the text of one byte."""
        return bytes([token_id % RAW_OFFSET]).decode(errors="replace")

    def special_tokens(self) -> frozenset[str]:
        """Return the empty set."""
        return frozenset()


class JudgeBackend:
    """A chat model behind an endpoint."""

    concurrency = 4
    """More than one, so that a long batch does not hold up the next. The limit of requests is the server's own."""
    batch_tokens = BATCH_BYTES
    vocabulary = 0

    def __init__(self, settings: RmSettings) -> None:
        if settings.format or settings.suffix:
            raise CheckpointError(
                "RM_FORMAT and RM_SUFFIX have no effect with RM_BACKEND=judge; unset them: a judge reads "
                "conversations as they are"
            )
        try:
            self._prompt = load_prompt(settings.judge_by, settings.judge_prompt)
        except ValueError as error:
            raise CheckpointError(str(error)) from error
        self._by = settings.judge_by
        self._body_changes = settings.judge_body
        self._server = ScoringServer(
            settings.server_url,
            settings.server_key,
            concurrency=settings.server_concurrency,
            read_s=settings.deadline_s,
        )
        self.writer: Writer = JudgeWriter()
        identity = f"{self._server.url}|{settings.model}|{settings.revision}|{self._by}|{self._prompt}"
        if settings.judge_body:
            identity += f"|{json.dumps(settings.judge_body, sort_keys=True)}"
        self.info = ModelInfo(
            model=settings.model,
            version=hashlib.sha256(identity.encode()).hexdigest()[:12],
            backend=f"judge by {self._by} at {self._server.url}",
            format=FORMAT,
            formats=[FORMAT],
            max_tokens=settings.max_tokens,
            sharing="off: the judge scores one by one",
        )

    async def score(self, items: Sequence[ScoringItem], deliver: Deliver, is_awaited: IsAwaited) -> None:
        """Ask the judge about each item."""
        requests = (
            self._server.score_one(index, partial(self._judge, item), deliver, is_awaited)
            for index, item in enumerate(items)
        )
        await asyncio.gather(*requests)

    async def learn_limits(self) -> None:
        """Do nothing: a judge's limit is not known; a text that is too long is refused."""

    async def ready(self) -> str:
        """Check that the endpoint answers."""
        try:
            await self._server.models()
        except ServerFailedError as error:
            return f"{error}; start it, or correct RM_SERVER_URL"
        return ""

    async def close(self) -> None:
        """Close the connections."""
        await self._server.close()

    async def _judge(self, item: ScoringItem) -> ScoreResult:
        if item.truncated:
            return ScoreResult(
                error="a judge does not rate a shortened answer; send a shorter one, or raise RM_MAX_TOKENS"
            )
        error = ""
        for _ in range(ATTEMPTS if self._by == "rating" else 1):
            try:
                return ScoreResult(await self._ask(item), computed=len(item.ids))
            except NoRatingError as no_rating:
                error = str(no_rating)
        return ScoreResult(error=error)

    async def _ask(self, item: ScoringItem) -> float:
        """Return what the judge's answer says. Raises ``NoRatingError``, or ``ServerFailedError``."""
        answer = await self._server.post("/v1/chat/completions", self._body(item))
        try:
            (choice,) = answer["choices"]
            return parse_rating(choice) if self._by == "rating" else parse_label_difference(choice)
        except NoRatingError:
            raise
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ServerFailedError("the endpoint's answer is not a chat completion") from error

    def _body(self, item: ScoringItem) -> dict[str, Any]:
        messages = [{"role": "user", "content": fill_prompt(self._prompt, item)}]
        body = {"model": self.info.model, "messages": messages, "temperature": 0}
        if self._by == "rating":
            body["max_tokens"] = RATING_TOKENS
        else:
            body |= {"max_tokens": 1, "logprobs": True, "top_logprobs": TOP_LOGPROBS}
        body |= self._body_changes
        return {name: value for name, value in body.items() if value is not None}
