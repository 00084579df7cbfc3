"""Keeps rows with an id in a JSONL file, so that long work resumes: rows that are there are not made again.

A line that was cut off, because the process was killed while it wrote, is removed when the file is opened.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

Row = dict[str, Any]


class RowFile:
    """A file of rows, each with a text ``id``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            _remove_cut_off_line(path)

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows, in the order in which they were made."""
        if self.path.exists():
            with self.path.open(encoding="utf-8") as lines:
                for line in lines:
                    yield json.loads(line)

    def ids(self) -> set[str]:
        """Return the ids of the rows."""
        return {row["id"] for row in self}

    def by_id(self) -> dict[str, Row]:
        """Return id → row."""
        return {row["id"]: row for row in self}

    def append(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add rows."""
        with self.path.open("a", encoding="utf-8") as file:
            for row in rows:
                file.write(json.dumps(row) + "\n")


def _remove_cut_off_line(path: Path) -> None:
    data = path.read_bytes()
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        with path.open("r+b") as file:
            file.truncate(whole)
