"""Reads JSON that a model broke, with json-repair and within a budget. Pure."""

from collections.abc import Iterable, Iterator

import json_repair

MOST_REPLY_CHARS = 200_000
"""Longest reply that is read; a longer one is cut. 8192 tokens, the most that the paper asks for, are about 30,000."""
MOST_REPAIRED_CHARS = 16_000
"""Most characters of one reply that json-repair reads: its time is quadratic in the worst case, here 2 to 5 s."""


def repaired(pieces: Iterable[str]) -> Iterator[object]:
    """Yield what json-repair makes of the pieces of one reply, until they are too long together.

    A piece that is nested too deeply gives ``None``.
    """
    left_chars = MOST_REPAIRED_CHARS
    for piece in pieces:
        left_chars -= len(piece)
        if left_chars < 0:
            return
        try:
            yield json_repair.loads(piece)
        except (ValueError, RecursionError):
            yield None
