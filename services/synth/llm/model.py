"""Defines what a stage needs of a chat model: messages in, completions out.

``ChatModel`` is implemented by ``pool.ModelPool`` over real endpoints, and by anything else with this method.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

ChatMessage = Mapping[str, str]
"""``{"role": "system" | "user" | "assistant", "content": text}``, as in the OpenAI wire."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How completions are sampled."""

    temperature: float = 0.7
    top_p: float = 1.0
    max_tokens: int = 2048
    """Most tokens of one completion."""
    seed: int | None = None
    """Seed of the first completion; completion i gets seed + i. Part of the cache key; servers may ignore it."""


@dataclass(frozen=True, slots=True)
class Completion:
    """One answer of a model."""

    text: str
    """The content of the message, as it came."""
    finish_reason: str
    """``stop``, ``length``, or what the server says."""
    model: str
    """Name of the model that was asked."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float = 0.0
    """Price of this completion, by the prices of its endpoint; 0 from the cache."""
    cached: bool = False
    """Whether it was taken from the cache."""


class ChatModel(Protocol):
    """A model that answers conversations."""

    name: str
    """Name of the model, as reports show it."""

    async def complete(
        self,
        messages: Sequence[ChatMessage],
        *,
        purpose: str,
        count: int = 1,
        sampling: Sampling | None = None,
        schema: Mapping[str, Any] | None = None,
    ) -> list[Completion]:
        """Return ``count`` completions of the conversation.

        ``purpose`` (``"rewrite"``, ``"solve"``) is a label of counters. With ``schema`` the server is asked for JSON of
        that schema, if it can; the answer may be anything nevertheless. ``sampling`` defaults to the role's.

        Waits while no endpoint can be reached, so an outage pauses the caller.

        Raises:
            PromptRefusedError: the server refuses this conversation (too long, filtered); another may work.
        """
        ...


class PromptRefusedError(Exception):
    """A server refuses one conversation for what it is, so that trying again is of no use."""


class PromptFileError(ValueError):
    """A prompt file cannot be used; the message names the file and what is wrong."""


@dataclass(slots=True)
class TokenCounts:
    """Counts of what was asked of a model, by purpose."""

    requests: int = 0
    """HTTP requests, those that failed included."""
    cached: int = 0
    """Completions that came from the cache. The numbers below are of the others."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float = 0.0
    by_finish: dict[str, int] = field(default_factory=dict)
    """Completions by finish reason, those from the cache included."""
    failed: dict[str, int] = field(default_factory=dict)
    """Failed requests by kind: ``busy``, ``slow``, ``out``, ``misconfigured``."""
