"""Caches scores in memory, by version of the weights and by tokens. Evicts the least recently used score."""

import hashlib
from array import array
from collections import OrderedDict

from services.rm.tokens.prefix_sharing import Tokens

Key = bytes


def cache_key(version: str, ids: Tokens) -> Key:
    """Return the hash of a token sequence, keyed by the version of the weights."""
    return hashlib.blake2b(array("q", ids).tobytes(), digest_size=16, key=version.encode()[:64]).digest()


class ScoreCache:
    """A least-recently-used cache of at most ``size`` scores."""

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
        """Store a score, and evict what exceeds the size."""
        self._scores[key] = score
        self._scores.move_to_end(key)
        while len(self._scores) > self._size:
            self._scores.popitem(last=False)
