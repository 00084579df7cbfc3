"""Requests replies of a model, each with the next seed, until one can be used. All stages that read replies use it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from services.synth.llm.model import ChatMessage, ChatModel, Completion, PromptRefusedError, Sampling
from services.synth.pipeline.stage import RowDrop, RowDroppedError

T = TypeVar("T")


async def first_usable(
    model: ChatModel,
    messages: Sequence[ChatMessage],
    use: Callable[[Completion], Awaitable[T]],
    *,
    purpose: str,
    attempts: int,
    sampling: Sampling,
    schema: Mapping[str, Any] | None = None,
) -> tuple[T, int]:
    """Return the result of ``use`` for the first usable reply, and the number of attempts.

    ``use`` raises ``RowDroppedError`` for a reply that it cannot use. Each attempt has the next seed, so that the reply
    differs, also if replies come from the cache.

    Raises:
        RowDroppedError: the model's server refuses the prompt, or ``use`` refuses all replies; then its last reason.
    """
    drop = RowDroppedError(RowDrop.MALFORMED_REPLY, "no reply")
    for attempt in range(attempts):
        seeded = replace(sampling, seed=(sampling.seed or 0) + attempt)
        try:
            (reply,) = await model.complete(messages, purpose=purpose, sampling=seeded, schema=schema)
        except PromptRefusedError as refused:
            raise RowDroppedError(RowDrop.PROMPT_REFUSED, str(refused)) from refused
        try:
            return await use(reply), attempt + 1
        except RowDroppedError as dropped:
            drop = dropped
    raise drop
