"""Scores with the torch engine, in a thread of its own, so that the event loop is not blocked."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from clients.contract.scoring import ModelInfo
from services.rm.backend import Deliver, IsAwaited, ScoreResult
from services.rm.engine.engine import Engine, OnScores
from services.rm.models.loader import LoadedModel
from services.rm.tokens.formats import FORMATS, Writer, default_format
from services.rm.tokens.items import ScoringItem
from services.rm.tokens.prefix_sharing import Tokens

BATCH_BUDGETS = 16
"""A batch has the tokens of this many steps, so that single-sample requests are grouped with others of their prompt."""


class LocalBackend:
    """A model that this process loaded."""

    concurrency = 1

    def __init__(
        self, loaded: LoadedModel, *, budget: int, format_name: str = "", suffix: str = "", longest: int = 0
    ) -> None:
        self.engine = Engine(loaded.scorer, budget)
        self.writer = Writer(loaded.tokenizer, format_name or default_format(loaded.tokenizer), suffix)
        self.vocabulary = loaded.scorer.vocabulary
        self.info = ModelInfo(
            model=loaded.name,
            version=loaded.version,
            backend=f"torch on {loaded.scorer.device}",
            dtype=loaded.dtype,
            layout=loaded.layout,
            format=self.writer.name,
            formats=sorted(FORMATS),
            max_tokens=longest or loaded.max_tokens,
            sharing=loaded.sharing,
        )
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="engine")

    @property
    def batch_tokens(self) -> int:
        """Follows the engine's budget, which falls when memory runs out."""
        return BATCH_BUDGETS * self.engine.budget

    async def score(self, items: Sequence[ScoringItem], deliver: Deliver, is_awaited: IsAwaited) -> None:
        """Score a batch in the engine's thread."""
        loop = asyncio.get_running_loop()

        def on_scores(scores: Sequence[tuple[int, ScoreResult]]) -> None:
            loop.call_soon_threadsafe(deliver, list(scores))

        work = partial(self._run, [item.ids for item in items], on_scores, is_awaited)
        await loop.run_in_executor(self._thread, work)

    def _run(self, sequences: Sequence[Tokens], on_scores: OnScores, is_awaited: IsAwaited) -> None:
        try:
            self.engine.run(sequences, on_scores, is_awaited)
        except StopIteration as error:
            # A future cannot carry StopIteration: the task that awaits it would never wake up.
            raise RuntimeError("the model's code raised StopIteration") from error

    async def learn_limits(self) -> None:
        """Do nothing: the model's configuration has the limit."""

    async def ready(self) -> str:
        """Return the device's error, if it cannot compute any more."""
        return self.engine.device_error

    async def close(self) -> None:
        """End the thread."""
        self._thread.shutdown(wait=False, cancel_futures=True)
