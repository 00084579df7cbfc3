"""Reads files of problems and programs into suites and candidates, row by row.

``read_candidates`` yields candidates with their suites (``acecoder execute`` and ``best-of-n``); ``read_problems`` and
``read_samples`` read the two files of an evaluation. A row that cannot be used is a ``BadRow``; it never ends a file.
"""

from clients.datasets.acecode import acecode_row
from clients.datasets.candidates import read_candidates
from clients.datasets.formats import CandidateEntry, RowFormat
from clients.datasets.rows import BadRow, BadRowBuffer, BadRowHandler, Row, rows_of_file
from clients.datasets.samples import EvaluationProblem, EvaluationSample, read_problems, read_samples

__all__ = [
    "BadRow",
    "BadRowBuffer",
    "BadRowHandler",
    "CandidateEntry",
    "EvaluationProblem",
    "EvaluationSample",
    "Row",
    "RowFormat",
    "acecode_row",
    "read_candidates",
    "read_problems",
    "read_samples",
    "rows_of_file",
]
