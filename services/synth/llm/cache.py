"""Keeps replies in one SQLite file, so that a repeated run costs nothing and a resumed run gets the same replies.

The key is the model, the conversation, the sampling, the schema and the number of the completion. A reply is in the
file before the caller gets it, so that ``kill -9`` loses at most requests in flight; a power cut can lose the last
replies, never the file. Several processes may use one file at once (WAL).

The file grows with every reply, by about half the size of its text. It is not bounded, because a run that resumes
needs its replies; delete the file when its runs are complete.
"""

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from services.synth.llm.dialect import ChatRequest

_TABLE = """
CREATE TABLE IF NOT EXISTS replies (
    key BLOB PRIMARY KEY, model TEXT NOT NULL, purpose TEXT NOT NULL, finish_reason TEXT NOT NULL,
    prompt_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL, cost_usd REAL NOT NULL, text BLOB NOT NULL
) WITHOUT ROWID
"""
_GET = "SELECT text, finish_reason, prompt_tokens, completion_tokens, cost_usd FROM replies WHERE key = ?"
_PUT = "INSERT OR IGNORE INTO replies VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
BUSY_S = 30
"""Seconds to wait for another process that writes to the file."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One completion as the server gave it."""

    text: str
    finish_reason: str
    prompt_tokens: int
    """Tokens of the prompt; of several completions in one reply the first has them, as they are paid once."""
    completion_tokens: int
    cost_usd: float


@dataclass(frozen=True, slots=True)
class Spent:
    """What the replies of one purpose and model in a cache have cost, over all processes."""

    purpose: str
    model: str
    completions: int
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float


class ReplyCache:
    """A file of replies. Not thread-safe: use it from the thread that opened it."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None, timeout=BUSY_S)
        self._db.execute("PRAGMA journal_mode=WAL")
        # a commit needs no fsync: the process may die, not the machine
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute(_TABLE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def get(self, key: bytes) -> Reply | None:
        """Return the reply that is kept under ``key``."""
        row = self._db.execute(_GET, (key,)).fetchone()
        if row is None:
            return None
        text, *counts = row
        return Reply(zlib.decompress(text).decode("utf-8", "surrogatepass"), *counts)

    def put_all(
        self, keys: Sequence[bytes], model: str, purpose: str, replies: Sequence[Reply]
    ) -> list[Reply]:
        """Keep the replies of one request in one transaction; otherwise as ``put``."""
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            return [self.put(key, model, purpose, reply) for key, reply in zip(keys, replies, strict=True)]

    def put(self, key: bytes, model: str, purpose: str, reply: Reply) -> Reply:
        """Keep ``reply`` unless the key has one; return the reply that is kept.

        Two equal requests at the same time get one text, which a repeated run gets as well.
        """
        text = zlib.compress(reply.text.encode("utf-8", "surrogatepass"), 1)
        counts = (reply.finish_reason, reply.prompt_tokens, reply.completion_tokens, reply.cost_usd)
        inserted = self._db.execute(_PUT, (key, model, purpose, *counts, text))
        return reply if inserted.rowcount else self.get(key) or reply

    def spent(self) -> list[Spent]:
        """Return what all replies in the file have cost, by purpose and model."""
        rows = self._db.execute(
            "SELECT purpose, model, count(*), sum(prompt_tokens), sum(completion_tokens), sum(cost_usd) "
            "FROM replies GROUP BY purpose, model ORDER BY purpose, model"
        )
        return [Spent(*row) for row in rows]


def cache_keys(model: str, request: ChatRequest) -> Sequence[bytes]:
    """Return the keys of the request's completions, in order."""
    sampling = asdict(request.sampling)
    parts = [
        model,
        [dict(message) for message in request.messages],
        sampling,
        request.schema,
        dict(request.extra_body),
    ]
    base = hashlib.sha256(json.dumps(parts, sort_keys=True).encode())
    keys = []
    for number in range(request.first, request.first + request.count):
        digest = base.copy()
        digest.update(str(number).encode())
        keys.append(digest.digest())
    return keys
