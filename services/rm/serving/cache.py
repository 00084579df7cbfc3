"""Scores found before, by the model's version and the tokens scored. In memory, the least recently used goes first."""

import hashlib
from array import array
from collections import OrderedDict

from services.rm.tokens.prefix_sharing import Tokens

Key = bytes


def cache_key(version: str, ids: Tokens) -> Key:
    """Return what stands for the tokens under a version of the weights."""
    return hashlib.blake2b(array("q", ids).tobytes(), digest_size=16, key=version.encode()[:64]).digest()


class ScoreCache:
    """At most so many scores."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._scores: OrderedDict[Key, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._scores)

    def get(self, key: Key) -> float | None:
        """Return the score, or ``None``."""
        if key not in self._scores:
            return None
        self._scores.move_to_end(key)
        return self._scores[key]

    def put(self, key: Key, score: float) -> None:
        """Keep a score."""
        self._scores[key] = score
        self._scores.move_to_end(key)
        while len(self._scores) > self._size:
            self._scores.popitem(last=False)
