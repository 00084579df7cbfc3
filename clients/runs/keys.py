"""Gives every candidate of a run its key, and compares the keys of a run with those of an earlier output. Pure.

A key is a hash of everything that a verdict depends on. It begins with a hash of the options alone, so that a message
can say whether the options or the candidates changed.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator

from clients.datasets import CandidateEntry
from clients.requests import RequestOptions, build_request, to_json
from clients.runs.outputs import PendingCandidate

_NO_EFFECT_ON_VERDICT = {"suites", "candidates", "priority", "run", "cache", "deadline_s"}
_OPTIONS_CHARS = 8  # 32 bits only word a message: after a collision it names the wrong cause
_CANDIDATE_CHARS = 24  # 96 bits: two rows of a file never have the same key by chance


def with_keys(rows: Iterable[CandidateEntry], options: RequestOptions) -> Iterator[PendingCandidate]:
    """Yield each row with its position and its key."""
    settings = (
        build_request([], ["assert True"], options).model_dump_json(exclude=_NO_EFFECT_ON_VERDICT).encode()
    )
    prefix = hashlib.sha256(settings).hexdigest()[:_OPTIONS_CHARS]
    for position, row in enumerate(rows):
        yield PendingCandidate(position, prefix + _key(row, settings), row)


def _key(entry: CandidateEntry, settings: bytes) -> str:
    digest = hashlib.sha256(settings)
    for part in (entry.suite, entry.candidate):
        digest.update(b"\0" + to_json(part, exclude_defaults=False))
    return digest.hexdigest()[:_CANDIDATE_CHARS]


def not_done(candidates: Iterable[PendingCandidate], done: Counter[str]) -> Iterator[PendingCandidate]:
    """Yield the candidates that are not in the output yet. A candidate that is given twice is judged twice."""
    unclaimed = done.copy()
    for pending in candidates:
        if unclaimed[pending.key]:
            unclaimed[pending.key] -= 1
        else:
            yield pending


def what_changed(stale: Iterable[str], current: Iterable[str]) -> str:
    """Return in words why rows with the keys ``stale`` are not rows of a run with the keys ``current``."""
    options = {key[:_OPTIONS_CHARS] for key in current}
    if all(key[:_OPTIONS_CHARS] not in options for key in stale):
        return "was written with other options"
    return "is of a program or a suite that is not in the input now"
