"""Defines the interface of all backends that compute scores: the torch engine, vLLM, a chat model that judges."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from clients.contract.scoring import ModelInfo
from services.rm.tokens.formats import Writer
from services.rm.tokens.items import ScoringItem


@dataclass(frozen=True, slots=True)
class ScoreResult:
    """The result of one item: a finite ``value``, or an ``error``."""

    value: float | None = None
    """The raw score, in fp32."""
    error: str | None = None
    """Why there is no score."""
    retryable: bool = False
    """Whether the failure is the backend's, so that the same item may be scored later."""
    computed: int = 0
    """Tokens that went through the model for this item. A shared prefix counts for one of the items that have it."""


Deliver = Callable[[Sequence[tuple[int, ScoreResult]]], None]
"""Receives results as they are computed, each with its index in the batch. Must be called in the event loop."""
IsAwaited = Callable[[int], bool]
"""Whether any caller still waits for the item at an index of the batch. Safe to call from any thread."""


class ScoringBackend(Protocol):
    """Scores batches of items. No two items of a batch are equal."""

    concurrency: int
    """Number of batches that it scores at once."""

    @property
    def batch_tokens(self) -> int:
        """The most tokens that a batch should have, counted before sharing."""

    @property
    def info(self) -> ModelInfo:
        """What ``GET /v1/model`` answers."""

    @property
    def vocabulary(self) -> int:
        """The model knows the token ids from 0 to this, exclusive. 0: it takes text and no token ids."""

    @property
    def writer(self) -> Writer:
        """Writes and tokenises conversations in the default format."""

    async def score(self, items: Sequence[ScoringItem], deliver: Deliver, is_awaited: IsAwaited) -> None:
        """Score a batch: deliver one result for every item that is still awaited.

        An item that fails is delivered with an error. An exception becomes the error of every item that was not
        delivered before it.
        """

    async def learn_limits(self) -> None:
        """Learn ``info.max_tokens`` if it is not known and a server tells it. Called before items are made."""

    async def ready(self) -> str:
        """Return an empty text if it can score, else what is wrong and what to do. ``/readyz`` shows it."""

    async def close(self) -> None:
        """Release threads and connections."""
