"""What computes scores, behind one interface. The torch engine is the default; others ask a server."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from clients.contract.scoring import ModelInfo
from services.rm.tokens.formats import Writer
from services.rm.tokens.items import ScoringItem


@dataclass(frozen=True, slots=True)
class ScoreResult:
    """What became of one item: a finite ``value``, or an ``error``."""

    value: float | None = None
    """Raw, fp32."""
    error: str | None = None
    retryable: bool = False
    """Whether the fault is the backend's: the same item may be scored later."""
    computed: float = 0.0
    """Tokens that went through the model for it; what a group shares, in equal parts."""


Deliver = Callable[[Sequence[tuple[int, ScoreResult]]], None]
"""Takes scores as they are found, each with its place in the batch; called in the event loop."""
IsAwaited = Callable[[int], bool]
"""Whether anybody still waits for an item of the batch. Safe to call from any thread."""


class ScoringBackend(Protocol):
    """Scores items, all of which differ."""

    concurrency: int
    """Batches it takes at once."""

    @property
    def batch_tokens(self) -> int:
        """Tokens, counted before sharing, that a batch should have at most."""

    @property
    def info(self) -> ModelInfo:
        """What is being served."""

    @property
    def vocabulary(self) -> int:
        """Token ids from 0 up to this are the model's; 0: it is asked in words."""

    @property
    def writer(self) -> Writer:
        """Turns conversations into tokens under the default format."""

    async def score(self, items: Sequence[ScoringItem], deliver: Deliver, is_awaited: IsAwaited) -> None:
        """Score a batch; every item is delivered once, with an error where it must be. Raises nothing of its own:
        what it does raise becomes the error of everything not delivered.
        """

    async def ready(self) -> str:
        """Answer an empty text, or what is wrong and what to do."""

    async def close(self) -> None:
        """End what was started."""
