"""A backend that does as it is told: a stand-in for a model, with a tokenizer whose tokens are bytes."""

import asyncio

from clients.contract.scoring import ModelInfo
from services.rm.backend import ScoreResult
from services.rm.tokens.formats import Writer
from tests.support.tiny_models import tokenizer


class FakeBackend:
    """Answers each item with what ``answer`` says of its text."""

    concurrency = 1
    batch_tokens = 10_000
    vocabulary = 259

    def __init__(self, answer, max_tokens=0):
        self.answer = answer
        self.writer = Writer(tokenizer(), "chat")
        self.info = ModelInfo(
            model="stand-in",
            version="1",
            backend="none",
            formats=["chat"],
            format="chat",
            max_tokens=max_tokens,
        )
        self.batches = []
        self.go_on = asyncio.Event()
        """For answers that wait."""

    async def score(self, items, deliver, wanted):
        self.batches.append(len(items))
        for at, item in enumerate(items):
            told = self.answer(item)
            if told is None:
                await self.go_on.wait()
                told = 0.0
            deliver([(at, told if isinstance(told, ScoreResult) else ScoreResult(told))])

    async def ready(self):
        return ""

    async def close(self):
        pass
