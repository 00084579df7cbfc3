"""Counts and logs the rows of this process that cannot be judged, and decides when they end the training with an error.

A call in which every row is bad is an error if no row of the process was usable before: then the column is the wrong
one, or the data set has another format. Later, such a call may be one bad row, whose completions a trainer gives
together; it is an error if it has ``_TOO_MANY_BAD`` different ground truths.
"""

import logging
from collections.abc import Sequence

from clients.adapters.rows import BAD_ROWS, RewardRows
from clients.contract import CandidateResult
from clients.testspecs import SHAPES

_TOO_MANY_BAD = 8
"""Different ground truths of a call that are all bad, which is no chance: at one bad row in ten, 1 call in 10**8."""
_TOLERATED_SAMPLES = 64
"""Samples that the tolerated bad rows may have together: the largest usual group of samples of one prompt."""
_NAMED_ROWS = 20
"""Bad rows of a process that are logged one by one: a page of a log."""
_LOG = logging.getLogger("acecoder")


class BadRowReports:
    """Counts and logs the bad rows of this process, and decides whether a call without a usable row is an error."""

    def __init__(self, tolerated: int = 0) -> None:
        """``tolerated``: different bad rows that are no error although no row was usable before."""
        self._tolerated = tolerated
        self._is_any_read = False
        self._is_any_accepted = False
        self._bad: set[str] = set()
        self._bad_samples = 0
        self._logged: set[str] = set()

    def check_read(self, rows: RewardRows) -> None:
        """Check that a row of a call could be read.

        Raises:
            ValueError: none could; the message names the first row, its column and the shapes of ground truths.
        """
        if rows.readable:
            self._is_any_read = True
        elif self._is_error(rows, is_any_usable=self._is_any_read):
            raise _nothing_usable(rows, rows.faults[0])

    def is_error_of_all(self, rows: RewardRows) -> bool:
        """Return whether the error of the service is to be raised, which refused all rows of a call."""
        return self._is_error(rows, is_any_usable=self._is_any_accepted)

    def report(self, rows: RewardRows, results: Sequence[CandidateResult]) -> None:
        """Log the bad rows among the results of a call, each once in this process.

        Raises:
            ValueError: all are bad though some could be read, and no row was usable before.
        """
        bad = [result for result in results if result.reason in BAD_ROWS]
        self._is_any_accepted |= len(bad) < len(results)
        is_all = len(bad) == len(results) and rows.readable
        if is_all and self._is_error(rows, is_any_usable=self._is_any_accepted):
            raise _nothing_usable(rows, results[0].detail)
        self._bad_samples += len(bad)
        for result in bad:
            key = _row_key(rows, result.index)
            if len(self._bad) <= self._tolerated:
                self._bad.add(key)
            self._log(key, result.detail)

    def _is_error(self, rows: RewardRows, *, is_any_usable: bool) -> bool:
        different = self._bad.union(_row_key(rows, row) for row in range(len(rows.keys)))
        samples = self._bad_samples + len(rows.keys)
        is_tolerated = len(different) <= self._tolerated and samples <= _TOLERATED_SAMPLES
        return not (is_any_usable or is_tolerated) or len(set(rows.keys)) >= _TOO_MANY_BAD

    def _log(self, key: str, message: str) -> None:
        if key in self._logged or len(self._logged) >= _NAMED_ROWS:
            return
        self._logged.add(key)
        _LOG.warning("bad row, without a reward: %s; correct the row, or drop it from the data set", message)
        if len(self._logged) == _NAMED_ROWS:
            _LOG.warning("further bad rows are counted (metric bad_row), and not logged")


def _row_key(rows: RewardRows, row: int) -> str:
    """Return what is the same for all samples of a row, in every call."""
    return rows.keys[row] + rows.names.rows[row].partition("(")[2]


def _nothing_usable(rows: RewardRows, first: str) -> ValueError:
    shapes = "; ".join(f"{shape} ({user})" for shape, user in SHAPES.items())
    return ValueError(
        f"no row of {len(rows.texts)} can be judged; the first: {first}. Correct the data set, or set ACECODER_COLUMN "
        f"to the column with the tests. Test specs understood: {shapes}"
    )
