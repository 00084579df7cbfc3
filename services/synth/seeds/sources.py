"""Opens a source of seeds and yields its rows: a file, a folder, a data set on Hugging Face, or Python packages.

A source is written as:

- a path of a ``.jsonl``, ``.jsonl.gz``, ``.json`` with one object a line, or ``.parquet`` file;
- a path of a folder: all such files in it, in the order of their names, also of a downloaded data set;
- ``hf:NAME``, ``hf:NAME:SPLIT`` or ``hf:NAME:SPLIT:CONFIG``: a data set on Hugging Face, streamed;
- a path of a ``.py`` file, ``package:NAME`` or ``stdlib:NAME,NAME``: functions of modules, see ``packages``.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from clients.datasets.rows import Row, rows_of_file
from services.synth.seeds.rejections import SeedRejectedError

_ENDINGS = (".jsonl", ".jsonl.gz", ".json", ".json.gz", ".parquet")
_HF = "hf:"

PlacedRow = tuple[str, Row | str | SeedRejectedError]
"""Where a row is, and the row; in its place, why there is none: a text, or a rejection."""


class SourceError(ValueError):
    """A source cannot be read at all; the message says which and what to do."""


def rows_of_source(source: str) -> Iterator[PlacedRow]:
    """Yield the rows of a source in order.

    Raises:
        SourceError: it cannot be read.
    """
    if source.startswith(_HF):
        yield from _hub_rows(source)
        return
    path = Path(source)
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.name.endswith(_ENDINGS) and file.is_file())
        if not files:
            raise SourceError(f"{path}: the folder holds no file that ends in {', '.join(_ENDINGS)}")
        for file in files:
            yield from _file_rows(file)
        return
    if not path.exists():
        raise SourceError(f"{path}: there is no such file or folder; a data set on Hugging Face is 'hf:NAME'")
    yield from _file_rows(path)


def _file_rows(path: Path) -> Iterator[PlacedRow]:
    """Yield the rows of one file. A file that is damaged in the middle yields the rows before, then the fault."""
    try:
        for line, row in rows_of_file(path):
            yield f"{path}:{line}", row
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        yield str(path), str(error)


def _hub_rows(source: str) -> Iterator[PlacedRow]:
    name, split, config = [*source.removeprefix(_HF).split(":"), "", ""][:3]
    try:
        from datasets import load_dataset  # noqa: PLC0415 - an extra, and only for these sources
    except ImportError:
        message = f"{source}: install acecoder-services[hub] to read data sets from Hugging Face"
        raise SourceError(message) from None
    try:
        data_set: Any = load_dataset(name, config or None, split=split or "train", streaming=True)
        for position, row in enumerate(data_set):
            yield f"{source}:{position + 1}", dict(row)
    except Exception as error:  # the library raises errors of many libraries beneath it
        raise SourceError(f"{source}: cannot be read: {type(error).__name__}: {error}"[:500]) from error
