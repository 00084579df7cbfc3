"""The torch engine in a thread of its own: the event loop goes on while the model computes."""

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
"""Steps' worth of tokens in one batch: many requests of one sample each find the others of their prompt."""


class LocalBackend:
    """A loaded model."""

    concurrency = 1

    def __init__(
        self, loaded: LoadedModel, *, budget: int, format_name: str = "", suffix: str = "", longest: int = 0
    ) -> None:
        self._loaded = loaded
        self.engine = Engine(loaded.scorer, budget)
        self._writer = Writer(loaded.tokenizer, format_name or default_format(loaded.tokenizer), suffix)
        self._longest = longest or loaded.max_tokens
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="engine")

    @property
    def batch_tokens(self) -> int:
        """Follows the engine's budget, which may fall."""
        return BATCH_BUDGETS * self.engine.budget

    @property
    def vocabulary(self) -> int:
        """As the model's embedding has it."""
        return self._loaded.scorer.vocabulary

    @property
    def writer(self) -> Writer:
        """The model's own tokenizer, under the default format."""
        return self._writer

    @property
    def info(self) -> ModelInfo:
        """What is being served."""
        return ModelInfo(
            model=self._loaded.name,
            version=self._loaded.version,
            backend=f"torch on {self._loaded.scorer.device}",
            dtype=self._loaded.dtype,
            layout=self._loaded.layout,
            format=self.writer.name,
            formats=sorted(FORMATS),
            max_tokens=self._longest,
            sharing=self._loaded.sharing,
        )

    async def score(self, items: Sequence[ScoringItem], deliver: Deliver, is_awaited: IsAwaited) -> None:
        """Score a batch in the engine's thread."""
        loop = asyncio.get_running_loop()

        def found(scores: Sequence[tuple[int, ScoreResult]]) -> None:
            loop.call_soon_threadsafe(deliver, list(scores))

        work = partial(self._run, [item.ids for item in items], found, is_awaited)
        await loop.run_in_executor(self._thread, work)

    def _run(self, sequences: Sequence[Tokens], found: OnScores, is_awaited: IsAwaited) -> None:
        try:
            self.engine.run(sequences, found, is_awaited)
        except StopIteration as error:  # no future can carry it: whoever waits would wait for ever
            raise RuntimeError("the model's code raised StopIteration") from error

    async def ready(self) -> str:
        """A loaded model is ready as long as its device computes."""
        return self.engine.lost

    async def close(self) -> None:
        """End the thread."""
        self._thread.shutdown(wait=False, cancel_futures=True)
