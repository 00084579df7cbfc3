"""Rows of ``.jsonl``, ``.jsonl.gz`` and ``.parquet`` files, and what is wrong with a line that holds none.

Decides nothing about what a row means.
"""

import gzip
import json
from collections.abc import Iterator
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
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                if b"\\ud" in line:  # an escaped half of a surrogate pair is JSON, and no text
                    json.dumps(row, ensure_ascii=False).encode()
            except UnicodeEncodeError as error:
                yield number, f"not Unicode: {error}"
                continue
            except (ValueError, RecursionError) as error:
                yield number, f"not JSON: {error}"
                continue
            yield number, row if isinstance(row, dict) else f"not an object but {type(row).__name__}"


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
