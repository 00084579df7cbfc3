"""Rows of ``.jsonl``, ``.jsonl.gz`` and ``.parquet`` files, and what is wrong with a line that holds none.

Decides nothing about what a row means.
"""

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

Row = dict[str, Any]


def rows_of_file(path: Path) -> Iterator[tuple[int, Row | str]]:
    """Yield line numbers, from 1, with objects; text in place of an object says what is wrong with the line.

    Raises:
        OSError: the file cannot be read.
        ValueError: a parquet file, without the extra that reads it.
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
    except (ValueError, RecursionError) as error:
        return f"not JSON: {error}; the file must hold one JSON object a line"
    return row if isinstance(row, dict) else f"not an object but {type(row).__name__}"


def _parquet_rows(path: Path) -> Iterator[tuple[int, Row | str]]:
    try:
        from pyarrow import parquet  # noqa: PLC0415 - an extra, and only for these files
    except ImportError:
        raise ValueError("install acecoder-services[parquet] to read parquet files") from None
    batches = parquet.ParquetFile(path).iter_batches(batch_size=64)
    yield from enumerate((row for batch in batches for row in batch.to_pylist()), 1)


def rows_of_table(table: list[Row] | dict[str, list[Any]]) -> list[Row]:
    """Rows of a nested table, which some exports store by column."""
    if isinstance(table, dict):
        return [dict(zip(table, values, strict=True)) for values in zip(*table.values(), strict=True)]
    return table
