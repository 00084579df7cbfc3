"""A fake backend whose results the test chooses, with a tokenizer whose tokens are bytes."""

import asyncio

from clients.contract.scoring import ModelInfo
from services.rm.backend import ScoreResult
from services.rm.tokens.formats import Writer
from tests.support.tiny_models import tokenizer


class FakeBackend:
    """Scores each item with ``answer(item)``: a number, a ``ScoreResult``, or ``None`` to wait for ``go_on``."""

    concurrency = 1
    batch_tokens = 10_000
    vocabulary = 259

    def __init__(self, answer, max_tokens=0):
        self.answer = answer
        self.writer = Writer(tokenizer(), "chat")
        self.info = ModelInfo(
            model="fake",
            version="1",
            backend="none",
            formats=["chat"],
            format="chat",
            max_tokens=max_tokens,
        )
        self.batches = []
        self.go_on = asyncio.Event()
        """Lets results of ``None`` continue, as 0.0."""

    async def score(self, items, deliver, is_awaited):
        self.batches.append(len(items))
        for at, item in enumerate(items):
            result = self.answer(item)
            if result is None:
                await self.go_on.wait()
                result = 0.0
            deliver([(at, result if isinstance(result, ScoreResult) else ScoreResult(result))])

    async def learn_limits(self):
        pass

    async def ready(self):
        return ""

    async def close(self):
        pass
