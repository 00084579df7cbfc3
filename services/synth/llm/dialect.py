"""Leaves out of a request what its endpoint does not accept, and learns that from refusals.

Pure. OpenAI-compatible servers differ: llama.cpp limits ``n`` to its slots; vLLM refuses ``n`` above 1 for greedy
sampling, and continues an assistant's message only if it is asked to; some know no JSON schema; newer OpenAI models
want ``max_completion_tokens``. A refusal (400) does not always say why, so the pool tries again with less, and keeps
the smaller dialect if that worked.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from services.synth.llm.model import ChatMessage, Sampling

CONTEXT_LENGTH = re.compile(
    r"exceed_context_size|context_length_exceeded|context (length|size|window)|too long|too many tokens",
    re.IGNORECASE,
)
"""What servers say of a prompt that is too long: llama.cpp's type, OpenAI's code, and the words of both and of vLLM."""
CONTENT_FILTER = re.compile(
    r"content_filter|content_policy|content management policy|content filter|safety", re.IGNORECASE
)
"""What hosted services say of a prompt that their filter refuses."""
OPTIONAL_FIELDS = ("seed", "temperature", "top_p")
"""Fields that some hosted models refuse by name; without them the model samples in its own way."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """What one endpoint is known to accept. A new one accepts everything."""

    has_schema: bool = True
    """Whether ``response_format`` with a JSON schema is sent."""
    most_choices: int = 1_000_000
    """Greatest ``n``."""
    tokens_field: str = "max_tokens"
    """Field that limits the length of a completion."""
    continues: bool = True
    """Whether vLLM's fields that continue an assistant's message are sent, if the last message is one."""
    omitted: frozenset[str] = field(default_factory=frozenset)
    """Members of ``OPTIONAL_FIELDS`` that it refuses."""

    def merged(self, other: "Dialect") -> "Dialect":
        """Return what both accept: requests in flight together may each learn something."""
        return Dialect(
            self.has_schema and other.has_schema,
            min(self.most_choices, other.most_choices),
            self.tokens_field if other.tokens_field == "max_tokens" else other.tokens_field,
            self.continues and other.continues,
            self.omitted | other.omitted,
        )


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A conversation with the first number and the count of the completions that are wanted."""

    messages: Sequence[ChatMessage]
    sampling: Sampling
    schema: Mapping[str, Any] | None
    purpose: str
    extra_body: Mapping[str, Any] = field(default_factory=dict)
    first: int = 0
    """Number of the first completion: it gets the seed ``sampling.seed + first``."""
    count: int = 1
    """Number of completions."""

    @property
    def is_prefilled(self) -> bool:
        """Whether the last message is the beginning of the answer."""
        return bool(self.messages) and self.messages[-1]["role"] == "assistant"


def body_of(request: ChatRequest, dialect: Dialect) -> dict[str, Any]:
    """Return the fields of the HTTP request, without the model's name."""
    sampling = request.sampling
    body: dict[str, Any] = {"temperature": sampling.temperature, "top_p": sampling.top_p}
    if sampling.seed is not None:
        body["seed"] = sampling.seed + request.first
    body = {name: value for name, value in body.items() if name not in dialect.omitted}
    body |= {"messages": list(request.messages), dialect.tokens_field: sampling.max_tokens}
    if request.count > 1:
        body["n"] = request.count
    if request.schema is not None and dialect.has_schema:
        schema = {"name": request.purpose, "schema": dict(request.schema), "strict": True}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    if request.is_prefilled and dialect.continues:
        body |= {"continue_final_message": True, "add_generation_prompt": False}
    return {**body, **request.extra_body}


def choices_at_once(request: ChatRequest, dialect: Dialect) -> int:
    """Return how many of the request's completions may go into one HTTP request.

    Greedy completions go alone: vLLM refuses more, and where equal requests give equal replies more are of no use.
    """
    return 1 if request.sampling.temperature == 0 else min(request.count, dialect.most_choices)


def is_refused(message: str) -> bool:
    """Return whether a 400 is about the conversation itself, so that a smaller request is of no use."""
    return bool(CONTEXT_LENGTH.search(message) or CONTENT_FILTER.search(message))


def narrow(dialect: Dialect, request: ChatRequest, message: str) -> Dialect | None:
    """Return the dialect to try after a 400 with ``message``, or ``None`` if there is nothing left to leave out."""
    if is_refused(message):
        return None
    if dialect.tokens_field == "max_tokens" and "max_completion_tokens" in message:
        return replace(dialect, tokens_field="max_completion_tokens")
    for name in OPTIONAL_FIELDS:
        if name not in dialect.omitted and re.search(rf"['\"`]{name}['\"`]", message) and "upport" in message:
            return replace(dialect, omitted=dialect.omitted | {name})
    if choices_at_once(request, dialect) > 1:
        return replace(dialect, most_choices=choices_at_once(request, dialect) // 2)
    if request.is_prefilled and dialect.continues:
        return replace(dialect, continues=False)
    if request.schema is not None and dialect.has_schema:
        return replace(dialect, has_schema=False)
    return None


def without_prefill(request: ChatRequest, text: str) -> str:
    """Return the answer without the beginning that was given; llama.cpp repeats it, vLLM does not."""
    return text.removeprefix(request.messages[-1]["content"]) if request.is_prefilled else text
