"""Writes the output of a run over a file: one row per result, or one row per winner.

``clients.runs.judge`` decides what is judged. ``clients.runs.resume`` decides which rows of an earlier run are kept.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, Protocol

from clients.contract import CandidateResult, ExecutionResponse, Status
from clients.datasets import BadRow, CandidateEntry
from clients.selection.ranking import rank


@dataclass(frozen=True, slots=True)
class PendingCandidate:
    """One candidate that is to be judged."""

    position: int
    """Its position in the input."""
    key: str
    """A hash of everything that its verdict depends on."""
    entry: CandidateEntry


class ProgressReporter(Protocol):
    """Receives the progress of a run."""

    def total(self, count: int) -> None:
        """Set how many candidates there are to judge."""

    def advance(self, count: int) -> None:
        """Count ``count`` more candidates as done."""

    def bad(self, row: BadRow) -> None:
        """Report that ``row`` is skipped."""


@dataclass
class Tally:
    """Counts of one run; rates are over candidates with a verdict."""

    kept: int = 0
    """Rows of earlier runs that are still valid."""
    judged: int = 0
    unscorable: int = 0
    bad_rows: int = 0
    rate_sum: float = 0.0
    solved: int = 0
    """Candidates that passed every valid test."""

    def count(self, result: CandidateResult) -> None:
        """Add one verdict."""
        if result.status is not Status.JUDGED or result.pass_rate is None:
            self.unscorable += 1
            return
        self.judged += 1
        self.rate_sum += result.pass_rate
        self.solved += result.pass_rate == 1.0

    def in_words(self) -> str:
        """Return the counts as one line of text."""
        parts = [f"{self.judged} judged"]
        if self.judged:
            parts.append(f"mean pass rate {self.rate_sum / self.judged:.4f}")
            parts.append(f"{self.solved} passed everything")
        others = [
            (self.unscorable, "unscorable"),
            (self.bad_rows, "bad rows skipped"),
            (self.kept, "kept from before"),
        ]
        parts += [f"{count} {label}" for count, label in others if count]
        return ", ".join(parts)


class ResultSink(Protocol):
    """Receives the results of a run."""

    def take(self, chunk: Sequence[PendingCandidate], response: ExecutionResponse) -> None:
        """Take the response to the request for ``chunk``; results are in the chunk's order."""

    def refuse(self, pending: PendingCandidate, reason: str) -> None:
        """Take the reason why the service refused this candidate."""


@dataclass
class ResultRecorder:
    """Writes one row per result, as soon as it arrives."""

    file: IO[str]
    tally: Tally
    progress: ProgressReporter

    def take(self, chunk: Sequence[PendingCandidate], response: ExecutionResponse) -> None:
        """Write one row per candidate."""
        hashes = {info.id: info.test_hashes for info in response.suites}
        lines = []
        for pending, result in zip(chunk, response.results, strict=True):
            self.tally.count(result)
            row: dict[str, Any] = {"key": pending.key, **result.model_dump(mode="json")}
            row |= {"id": pending.entry.candidate.id or str(pending.position), "index": pending.position}
            row |= {"test_hashes": hashes.get(result.suite, []), "runner_version": response.runner_version}
            lines.append(json.dumps(row) + "\n")
        self.file.write("".join(lines))
        self.file.flush()
        self.progress.advance(len(chunk))

    def refuse(self, pending: PendingCandidate, reason: str) -> None:
        """Count the candidate as a bad row, and report it."""
        self.tally.bad_rows += 1
        self.progress.bad(refused_row(pending, reason))


@dataclass
class WinnerRecorder:
    """Writes the winner of a suite as soon as all its candidates are judged."""

    file: IO[str]
    by_suite: dict[str, list[PendingCandidate]]
    """All candidates, by the id of their suite."""
    counts: Counter[bool]
    """How many suites have a winner (``True``), and how many have none."""
    progress: ProgressReporter
    results: dict[int, CandidateResult] = field(default_factory=dict)
    refused: set[int] = field(default_factory=set)

    def take(self, chunk: Sequence[PendingCandidate], response: ExecutionResponse) -> None:
        """Write the winners of the suites that are complete now."""
        for pending, result in zip(chunk, response.results, strict=True):
            self.results[pending.position] = result
        self._write({pending.entry.suite.id for pending in chunk})
        self.progress.advance(len(chunk))

    def refuse(self, pending: PendingCandidate, reason: str) -> None:
        """Leave the candidate out of its suite's ranking, and report it."""
        self.refused.add(pending.position)
        self.progress.bad(refused_row(pending, reason))
        self._write({pending.entry.suite.id})

    def _write(self, suites: Iterable[str]) -> None:
        for suite in sorted(suites):
            candidates = self.by_suite[suite]
            if all(self._is_finished(pending) for pending in candidates):
                judged = [pending for pending in candidates if pending.position not in self.refused]
                self._write_winner(suite, judged)
        self.file.flush()

    def _is_finished(self, pending: PendingCandidate) -> bool:
        return pending.position in self.results or pending.position in self.refused

    def _write_winner(self, suite: str, judged: Sequence[PendingCandidate]) -> None:
        results = [self.results.pop(pending.position) for pending in judged]
        best = rank(
            results, [_program(pending, result) for pending, result in zip(judged, results, strict=True)]
        )
        ids = [pending.entry.candidate.id or str(pending.position) for pending in judged]
        row: dict[str, Any] = {"task_id": suite, "solution": best.program, "reasons": best.reasons}
        row["winner"] = None if best.winner is None else ids[best.winner]
        row["pass_rate"] = None if best.winner is None else results[best.winner].pass_rate
        row["ranking"] = [ids[at] for at in best.ranking]
        row["unscorable"] = {ids[at]: reason for at, reason in best.unscorable.items()}
        self.counts[best.winner is not None] += 1
        self.file.write(json.dumps(row) + "\n")


def refused_row(pending: PendingCandidate, reason: str) -> BadRow:
    """Return the report of a candidate that the service refused."""
    return BadRow(f"candidate {pending.entry.candidate.id or pending.position}", 0, reason)


def _program(pending: PendingCandidate, result: CandidateResult) -> str:
    return result.extraction.program if result.extraction else pending.entry.candidate.program or ""
