"""Turns the rows of one reward call into a request, and leaves out the rows that cannot be judged.

A row is bad if its completion or its ground truth cannot be read, or if the service refuses its tests. It must not end
a training, and it must not earn a 0: it becomes an ``unscorable`` result with the reason ``bad_row`` or
``invalid_suite``, whose detail names the row and the column. The other rows are judged. ``bad_row_reports`` decides
when bad rows are an error of the whole call.
"""

import json
from collections.abc import Sequence

from clients.adapters.columns import RowNames
from clients.adapters.completion_texts import read_completions
from clients.contract import (
    Candidate,
    CandidateResult,
    ExecutionRequest,
    Status,
    Suite,
    UnscorableReason,
)
from clients.requests import RequestOptions, build_request
from clients.testspecs import UnknownTestSpecError, ground_truth_key, suite_from

BAD_ROWS = frozenset((UnscorableReason.BAD_ROW, UnscorableReason.INVALID_SUITE))
"""Reasons of which the data set's row is the cause."""


class RewardRows:
    """The completions and ground truths of one reward call. Equal ground truths share a suite."""

    def __init__(
        self, completions: Sequence[object], truths: Sequence[object], names: RowNames | None = None
    ) -> None:
        """Read all rows.

        Raises:
            TypeError: ``completions`` is one text.
            ValueError: there is not one ground truth for each completion.
        """
        self.names = names or RowNames([f"row {at}" for at in range(len(completions))])
        self.texts, unreadable = read_completions(completions)
        if len(self.texts) != len(truths):
            raise ValueError(
                f"{len(self.texts)} completions and {len(truths)} ground truths; give one for each completion"
            )
        self.keys = [_key(truth) for truth in truths]
        """What tells different ground truths apart, by row."""
        self.faults = {row: self._named(row, message) for row, message in unreadable.items()}
        """Why rows cannot be read, by row."""
        self._suites: dict[str, Suite] = {}
        for row, truth in enumerate(truths):
            if row not in self.faults and self.keys[row] not in self._suites:
                self._read_truth(row, truth)
        self.readable = [row for row in range(len(self.texts)) if row not in self.faults]

    def _read_truth(self, row: int, truth: object) -> None:
        try:
            self._suites[self.keys[row]] = suite_from(truth, f"row{row}")
        except UnknownTestSpecError as error:
            self.faults[row] = self._named(row, error.reason, of_column=True)

    def request(self, options: RequestOptions) -> ExecutionRequest:
        """Return the request for the rows that can be read.

        Raises:
            TypeError, ValueError: an option is wrong.
        """
        suites = {self.keys[row]: self._suites[self.keys[row]] for row in self.readable}
        candidates = [
            Candidate(suite=suites[self.keys[row]].id, completion=self.texts[row]) for row in self.readable
        ]
        return build_request(candidates, list(suites.values()), options)

    def results(self, judged: Sequence[CandidateResult]) -> list[CandidateResult]:
        """Return one result for each row; ``judged`` are those of the rows that could be read."""
        results = [
            CandidateResult(
                id=str(row), index=row, suite=f"row{row}", status=Status.UNSCORABLE,
                reason=UnscorableReason.BAD_ROW, detail=self.faults.get(row, ""),
            )
            for row in range(len(self.texts))
        ]  # fmt: skip
        for row, result in zip(self.readable, judged, strict=True):
            detail = result.detail
            if result.reason in BAD_ROWS:
                detail = self._named(row, detail, of_column=True)
            results[row] = result.model_copy(update={"index": row, "id": str(row), "detail": detail})
        return results

    def _named(self, row: int, message: str, *, of_column: bool = False) -> str:
        """Return the message with the name of the row; ``of_column``: and of the column of ground truths."""
        column = f"column {self.names.column!r}: " if of_column and self.names.column else ""
        return f"{self.names.rows[row]}: {column}{message}"


def _key(truth: object) -> str:
    """Return the key of a ground truth; of one that has none, what tells it apart in a log."""
    try:
        return ground_truth_key(truth)
    except (TypeError, ValueError, RecursionError) as error:
        return json.dumps([type(truth).__name__, str(error)[:200]])
