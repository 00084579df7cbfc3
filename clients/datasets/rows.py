"""Reads the rows of ``.jsonl``, ``.jsonl.gz`` and ``.parquet`` files, and reports the lines without a row.

Does not interpret rows.
"""

import gzip
import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from clients.contract.validation_errors import summarize_errors

Row = dict[str, Any]

UNUSABLE = (ValidationError, ValueError, KeyError, TypeError, AttributeError, RecursionError, MemoryError)
"""Errors that a reader of one row raises where the row cannot be used."""
_MAX_HELD_ROWS = 1000  # bad rows that are held back until a row is usable; a wrong file has many more


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be used."""

    path: str
    line: int
    """From 1; 0 if the fault is not in one line."""
    reason: str
    """Why it cannot be used."""

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.reason}"


BadRowHandler = Callable[[BadRow], None]
"""Is called with each row that cannot be used."""


class BadRowBuffer:
    """Reports bad rows, but holds them back until a row can be used: a file without a usable row is the wrong file.

    If there is no usable row, the caller reports one error for the whole file instead.
    """

    def __init__(self, on_bad_row: BadRowHandler) -> None:
        self._on_bad_row = on_bad_row
        self._held: list[BadRow] | None = []

    def add(self, row: BadRow) -> None:
        """Report a bad row, or hold it back."""
        if self._held is None or len(self._held) >= _MAX_HELD_ROWS:
            self._on_bad_row(row)
        else:
            self._held.append(row)

    def release(self) -> None:
        """Report the rows held back, because a row can be used."""
        for row in self._held or ():
            self._on_bad_row(row)
        self._held = None


def rows_of_file(path: Path) -> Iterator[tuple[int, Row | str]]:
    """Yield line numbers, from 1, with objects; for a line without an object, a text that says what is wrong.

    Raises:
        OSError: the file cannot be read.
        ValueError: a damaged ``.gz`` or ``.parquet`` file, or the extra ``parquet`` is needed and not installed.
    """
    if path.suffix == ".parquet":
        yield from _parquet_rows(path)
        return
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
        yield from _jsonl_rows(path, lines)


def _jsonl_rows(path: Path, lines: Iterable[bytes]) -> Iterator[tuple[int, Row | str]]:
    try:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield number, _row(line)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ValueError(f"{path}: the compressed file is damaged or cut off ({error})") from None


def _row(line: bytes) -> Row | str:
    try:
        row = json.loads(line)
    except UnicodeDecodeError as error:
        return f"not UTF-8: {error}; save the file as UTF-8"
    except (ValueError, RecursionError) as error:
        return f"not JSON: {error}; the file must hold one JSON object per line (not CSV, not indented)"
    if isinstance(row, dict):
        return row
    return f"a JSON {type(row).__name__}, not an object; the file must hold one JSON object per line"


def _parquet_rows(path: Path) -> Iterator[tuple[int, Row | str]]:
    try:
        from pyarrow import ArrowException, parquet  # noqa: PLC0415 - an extra, and only for these files
    except ImportError:
        raise ValueError("install acecoder-services[parquet] to read parquet files") from None
    try:
        batches = parquet.ParquetFile(path).iter_batches(batch_size=64)
        yield from enumerate((row for batch in batches for row in batch.to_pylist()), 1)
    except ArrowException as error:
        raise ValueError(f"{path}: not a parquet file, or damaged or cut off ({error})") from None


def rows_of_table(table: list[Row] | dict[str, list[Any]]) -> list[Row]:
    """Return the rows of a nested table; some exports store it by column."""
    if isinstance(table, dict):
        return [dict(zip(table, values, strict=True)) for values in zip(*table.values(), strict=True)]
    return table


def as_object(row: Row | str) -> Row:
    """Return the row of a line.

    Raises:
        ValueError: the line holds none; the message says what is wrong with it.
    """
    if isinstance(row, str):
        raise ValueError(row)  # noqa: TRY004 - the text says what is wrong with the line
    return row


def reason_of(error: BaseException) -> str:
    """Return, in words, why a row cannot be used."""
    if isinstance(error, ValidationError):
        return summarize_errors(error).removeprefix("body: ")  # the row is the whole message
    if isinstance(error, KeyError):
        return f"{error} is missing"
    if isinstance(error, RecursionError):
        return "the text is nested too deeply"
    return str(error)
