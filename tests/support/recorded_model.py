"""A chat model that answers with given texts, in order, and keeps what it was asked."""

from services.synth.llm.model import Completion


class RecordedModel:
    """Answers each call with the next ``count`` of its texts, from the first again when they are used up."""

    def __init__(self, texts, name="recorded"):
        self.name = name
        self.asked = []
        self._texts = list(texts)
        self._next = 0

    async def complete(self, messages, *, purpose, count=1, sampling=None, schema=None):
        """Return the next texts."""
        self.asked.append((purpose, messages))
        texts = [self._texts[(self._next + n) % len(self._texts)] for n in range(count)]
        self._next += count
        return [Completion(text, "stop", self.name) for text in texts]
