"""Reads files of candidates, one candidate with its suite at a time.

Files are ``.jsonl``, ``.jsonl.gz``, or ``.parquet`` with the ``parquet`` extra; ``clients.datasets.formats`` has the
formats of their rows: our own, human-eval and EvalPlus, AceCode-87K and MBPP. A row that cannot be used becomes a
``BadRow`` with its line and the reason; it does not end the file.
"""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from clients.datasets.formats import (
    READERS,
    CandidateEntry,
    RowFormat,
    SuitesById,
    format_of,
    suite_with_prompt,
)
from clients.datasets.rows import UNUSABLE, BadRow, Row, as_object, reason_of, rows_of_file


def read_candidates(
    path: Path, suites: Path | None = None, form: RowFormat = RowFormat.AUTO, *, reference: bool = False
) -> Iterator[CandidateEntry | BadRow]:
    """Yield every candidate of ``path`` with its suite, and every row that cannot be used.

    ``suites`` is the file of suites (``ours``) or of problems (``humaneval``). With ``reference`` the data
    set's own solutions are yielded instead of the candidates.

    Raises:
        OSError: a file cannot be read.
        ValueError: ``auto`` does not recognise the first row; ``suites`` has no usable suite, or two with one id.
    """
    rows = rows_of_file(path)
    if form is RowFormat.AUTO:
        form, rows = _recognise(path, rows)
    suites_by_id: SuitesById = {}
    if suites is not None:
        first: BadRow | None = None
        for bad_row in _read_suites(suites, suites_by_id):
            first = first or bad_row
            yield bad_row
        if not suites_by_id:
            reason = f"; the first reason: {first}" if first else ""
            raise ValueError(f"{suites}: holds no suite that can be used{reason}")
    read_row = READERS[form]
    for line, row in rows:
        try:
            yield from read_row(as_object(row), suites_by_id, reference=reference)
        except UNUSABLE as error:
            yield BadRow(str(path), line, reason_of(error))


def _read_suites(path: Path, suites_by_id: SuitesById) -> Iterator[BadRow]:
    """Add the suites of a file to ``suites_by_id``; yield the rows that cannot be used."""
    for line, row in rows_of_file(path):
        try:
            suite = suite_with_prompt(as_object(row))
        except UNUSABLE as error:
            yield BadRow(str(path), line, reason_of(error))
            continue
        suite_id = suite.suite.id
        if suites_by_id.setdefault(suite_id, suite) is not suite:
            raise ValueError(f"{path}:{line}: id {suite_id!r} is used twice; ids must be unique")


def _recognise(
    path: Path, rows: Iterator[tuple[int, Row | str]]
) -> tuple[RowFormat, Iterator[tuple[int, Row | str]]]:
    """Return the format of the first row that is an object, and all rows, also those that were read for it."""
    seen = []
    for line, row in rows:
        seen.append((line, row))
        if isinstance(row, dict):
            try:
                return format_of(row), chain(seen, rows)
            except ValueError as error:
                raise ValueError(f"{path}: {error}") from None
    return RowFormat.OURS, iter(seen)
