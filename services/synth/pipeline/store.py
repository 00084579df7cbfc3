"""Keeps rows and the stage that each has reached in one SQLite file, so that a run can stop and resume anywhere.

A row is written after every stage. What is not committed when the process is killed is done again: stages are
functions of their row and of cached answers, so the result is the same. Only one process writes to a file.
"""

import json
import sqlite3
import zlib
from collections.abc import Container, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Self

from clients.contract.synthesis import Seed, SynthRow

SCHEMA_VERSION = 1
_BATCH = 1000  # rows read at once: some megabytes
_TABLES = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS rows (
    position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, stages_done INTEGER NOT NULL, state TEXT NOT NULL,
    reason TEXT NOT NULL, detail TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS steps (
    position INTEGER NOT NULL, stage TEXT NOT NULL, reason TEXT NOT NULL, wall_s REAL NOT NULL,
    tests_before INTEGER NOT NULL, tests_after INTEGER NOT NULL, PRIMARY KEY (position, stage));
CREATE INDEX IF NOT EXISTS rows_by_state ON rows (state, position);
"""


class RowState(StrEnum):
    """What becomes of a row."""

    ACTIVE = "active"
    """It has stages before it."""
    DONE = "done"
    """It went through all stages."""
    DROPPED = "dropped"
    """A stage dropped it."""


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A row with its place in the run."""

    position: int
    """Position in the order of the seeds; the data set keeps this order."""
    stages_done: int
    """Number of stages that it went through."""
    row: SynthRow
    state: RowState = RowState.ACTIVE
    reason: str = ""
    """Why it was dropped: a ``RowDrop``."""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """What one stage did to one row."""

    position: int
    stage: str
    reason: str
    """Why the stage dropped the row; empty if it did not."""
    wall_s: float
    tests_before: int
    """Kept tests before the stage."""
    tests_after: int
    """Kept tests after it."""


class ConfigChangedError(ValueError):
    """The file belongs to a run with another configuration."""


class RunStore:
    """The rows of one run. Not thread-safe: use it from the thread that opened it."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")  # a power cut may lose the last commits, never the file
        self._db.executescript(_TABLES)
        self.path = path

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def claim(self, fingerprint: dict[str, object]) -> None:
        """Bind the file to one configuration. A file without rows takes the new one.

        Raises:
            ConfigChangedError: the file was begun with another one; the message names the fields that differ.
        """
        current = {"schema": SCHEMA_VERSION, **fingerprint}
        stored = self._db.execute("SELECT value FROM meta WHERE key = 'fingerprint'").fetchone()
        if stored is None or not self.count():
            self._db.execute("INSERT OR REPLACE INTO meta VALUES ('fingerprint', ?)", (json.dumps(current),))
            return
        earlier = json.loads(stored[0])
        if changed := sorted(key for key in {*earlier, *current} if earlier.get(key) != current.get(key)):
            raise ConfigChangedError(
                f"{self.path} was made with other settings ({', '.join(changed)}); choose another folder, "
                f"restore them, or start again with --restart: the replies of models are kept, so none is paid twice"
            )

    def claim_runner(self, version: str) -> None:
        """Bind the file to one version of the executor's runner. A file in which no stage has ended takes the new one.

        Raises:
            ConfigChangedError: the rows were judged by another version; the message names both.
        """
        earlier = self.runner_version()
        is_new = self._db.execute("SELECT 1 FROM steps LIMIT 1").fetchone() is None
        if not is_new and earlier not in ("", version):
            raise ConfigChangedError(
                f"{self.path} has verdicts of the executor's runner {earlier}, and this one is {version}; use an "
                f"executor with {earlier}, or judge all again with --restart: the replies of models are kept"
            )
        self._db.execute("INSERT OR REPLACE INTO meta VALUES ('runner', ?)", (version,))

    def runner_version(self) -> str:
        """Return the version of the executor's runner that judges the rows; empty if none was asked for it."""
        stored = self._db.execute("SELECT value FROM meta WHERE key = 'runner'").fetchone()
        return str(stored[0]) if stored else ""

    def add_seeds(self, seeds: Iterable[Seed]) -> int:
        """Append rows for the seeds whose id is new, in order; return how many were added."""
        added = 0
        with self._db:
            self._db.execute("BEGIN")
            position = self._db.execute("SELECT coalesce(max(position), -1) + 1 FROM rows").fetchone()[0]
            for seed in seeds:
                body = _pack(SynthRow(seed=seed))
                cursor = self._db.execute(
                    "INSERT OR IGNORE INTO rows VALUES (?, ?, 0, ?, '', '', ?)",
                    (position, seed.id, RowState.ACTIVE, body),
                )
                added += cursor.rowcount
                position += cursor.rowcount
        return added

    def write(self, rows: Iterable[StoredRow], steps: Iterable[Step]) -> None:
        """Store rows after a stage, and what the stages did, in one transaction."""
        with self._db:
            self._db.execute("BEGIN")
            self._db.executemany(
                "UPDATE rows SET stages_done = ?, state = ?, reason = ?, detail = ?, body = ? WHERE position = ?",
                [(r.stages_done, r.state, r.reason, r.detail, _pack(r.row), r.position) for r in rows],
            )
            self._db.executemany(
                "INSERT OR REPLACE INTO steps VALUES (?, ?, ?, ?, ?, ?)",
                [(s.position, s.stage, s.reason, s.wall_s, s.tests_before, s.tests_after) for s in steps],
            )

    def rows(self, state: RowState, ids: Container[str] | None = None) -> Iterator[StoredRow]:
        """Yield the rows in ``state``, in the order of the seeds, a batch in memory at a time.

        With ``ids``, only rows with such an id are read; to unpack a row costs more than to find it.
        """
        last = -1
        while True:
            with closing(
                self._db.execute(
                    "SELECT position, id, stages_done, state, reason, detail, body FROM rows "
                    "WHERE state = ? AND position > ? ORDER BY position LIMIT ?",
                    (state, last, _BATCH),
                )
            ) as cursor:
                batch = cursor.fetchall()
            if not batch:
                return
            for position, row_id, stages_done, state_text, reason, detail, body in batch:
                if ids is not None and row_id not in ids:
                    continue
                yield StoredRow(position, stages_done, _unpack(body), RowState(state_text), reason, detail)
            last = batch[-1][0]

    def counts(self) -> dict[RowState, int]:
        """Return how many rows are in each state."""
        counts = dict(self._db.execute("SELECT state, count(*) FROM rows GROUP BY state"))
        return {state: counts.get(state, 0) for state in RowState}

    def find(self, row_id: str) -> StoredRow | None:
        """Return the row of an id, if there is one."""
        record = self._db.execute(
            "SELECT position, stages_done, body, state, reason, detail FROM rows WHERE id = ?", (row_id,)
        ).fetchone()
        if record is None:
            return None
        position, stages_done, body, state, reason, detail = record
        return StoredRow(position, stages_done, _unpack(body), RowState(state), reason, detail)

    def ids(self, count: int) -> list[str]:
        """Return the ids of the first ``count`` rows."""
        return [row[0] for row in self._db.execute("SELECT id FROM rows ORDER BY position LIMIT ?", (count,))]

    def count(self) -> int:
        """Return how many rows there are."""
        return sum(self.counts().values())

    def yields(self) -> list[tuple[str, str, int, float, int, int]]:
        """Return, by stage and reason: rows, seconds, kept tests before and after. Reason empty: not dropped."""
        return list(
            self._db.execute(
                "SELECT stage, reason, count(*), sum(wall_s), sum(tests_before), sum(tests_after) "
                "FROM steps GROUP BY stage, reason ORDER BY min(rowid)"
            )
        )


def _pack(row: SynthRow) -> bytes:
    return zlib.compress(row.model_dump_json(exclude_defaults=True).encode(), level=1)  # 4 to 6 times smaller


def _unpack(body: bytes) -> SynthRow:
    return SynthRow.model_validate_json(zlib.decompress(body))
