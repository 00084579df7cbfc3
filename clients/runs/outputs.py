"""What a run over a file writes: rows of results, or winners.

``clients.runs`` decides what is judged; here is what becomes of each answer. Which rows of an earlier run still
count is decided in ``clients.runs.resume``.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, Protocol

from clients.contract import CandidateResult, ExecutionResponse, Status
from clients.datasets.candidates import BadRow, CandidateEntry
from clients.selection.ranking import rank


@dataclass(frozen=True, slots=True)
class PendingCandidate:
    """One candidate to judge."""

    position: int
    key: str
    entry: CandidateEntry


class Show(Protocol):
    """What a run tells while it goes on."""

    def total(self, count: int) -> None:
        """There are ``count`` candidates to judge."""

    def advance(self, count: int) -> None:
        """``count`` more are done."""

    def bad(self, row: BadRow) -> None:
        """``row`` is skipped."""


@dataclass
class Tally:
    """What a run came to; rates are over candidates with a verdict."""

    kept: int = 0
    """Rows of earlier runs."""
    judged: int = 0
    unscorable: int = 0
    bad_rows: int = 0
    rate_sum: float = 0.0
    solved: int = 0
    """Candidates that passed everything."""

    def count(self, result: CandidateResult) -> None:
        """Add one verdict."""
        if result.status is not Status.JUDGED or result.pass_rate is None:
            self.unscorable += 1
            return
        self.judged += 1
        self.rate_sum += result.pass_rate
        self.solved += result.pass_rate == 1.0

    def in_words(self) -> str:
        """The tally on one line."""
        told = [f"{self.judged} judged"]
        if self.judged:
            told.append(f"mean pass rate {self.rate_sum / self.judged:.4f}")
            told.append(f"{self.solved} passed everything")
        told += [f"{count} {what}" for count, what in self._rest() if count]
        return ", ".join(told)

    def _rest(self) -> list[tuple[int, str]]:
        return [
            (self.unscorable, "unscorable"),
            (self.bad_rows, "bad rows skipped"),
            (self.kept, "kept from before"),
        ]


class Sink(Protocol):
    """Where answers go."""

    def take(self, chunk: Sequence[PendingCandidate], response: ExecutionResponse) -> None:
        """Write the answer to ``chunk``."""

    def refuse(self, work: PendingCandidate, why: str) -> None:
        """The service refuses this candidate."""


@dataclass
class Recorder:
    """Writes each result as it comes."""

    sink: IO[str]
    tally: Tally
    show: Show

    def take(self, chunk: Sequence[PendingCandidate], response: ExecutionResponse) -> None:
        """Write one row a candidate."""
        hashes = {info.id: info.test_hashes for info in response.suites}
        lines = []
        for work, result in zip(chunk, response.results, strict=True):
            self.tally.count(result)
            row: dict[str, Any] = {"key": work.key, **result.model_dump(mode="json")}
            row |= {"id": work.entry.candidate.id or str(work.position), "index": work.position}
            row |= {"test_hashes": hashes.get(result.suite, []), "runner_version": response.runner_version}
            lines.append(json.dumps(row) + "\n")
        self.sink.write("".join(lines))
        self.sink.flush()
        self.show.advance(len(chunk))

    def refuse(self, work: PendingCandidate, why: str) -> None:
        """Count it and tell."""
        self.tally.bad_rows += 1
        self.show.bad(BadRow(f"candidate {work.entry.candidate.id or work.position}", 0, why))


@dataclass
class Chooser:
    """Waits until a suite's candidates are all judged, then writes its winner."""

    sink: IO[str]
    waiting: dict[str, list[PendingCandidate]]
    counts: Counter[bool]
    show: Show
    results: dict[int, CandidateResult] = field(default_factory=dict)
    refused: set[int] = field(default_factory=set)

    def take(self, chunk: Sequence[PendingCandidate], response: ExecutionResponse) -> None:
        """Write the winners of the suites that are complete now."""
        for work, result in zip(chunk, response.results, strict=True):
            self.results[work.position] = result
        self._write({work.entry.suite.id for work in chunk})
        self.show.advance(len(chunk))

    def refuse(self, work: PendingCandidate, why: str) -> None:
        """Leave it out of its suite's choice."""
        self.refused.add(work.position)
        self.show.bad(BadRow(f"candidate {work.entry.candidate.id or work.position}", 0, why))
        self._write({work.entry.suite.id})

    def _write(self, suites: Iterable[str]) -> None:
        for suite in sorted(suites):
            group = self.waiting[suite]
            if all(work.position in self.results or work.position in self.refused for work in group):
                self._choose(suite, [work for work in group if work.position not in self.refused])
        self.sink.flush()

    def _choose(self, suite: str, group: Sequence[PendingCandidate]) -> None:
        results = [self.results.pop(work.position) for work in group]
        best = rank(results, [_program(work, result) for work, result in zip(group, results, strict=True)])
        ids = [work.entry.candidate.id or str(work.position) for work in group]
        row: dict[str, Any] = {"task_id": suite, "solution": best.program, "reasons": best.reasons}
        row["winner"] = None if best.winner is None else ids[best.winner]
        row["pass_rate"] = None if best.winner is None else results[best.winner].pass_rate
        row["ranking"] = [ids[at] for at in best.ranking]
        row["unscorable"] = {ids[at]: why for at, why in best.unscorable.items()}
        self.counts[best.winner is not None] += 1
        self.sink.write(json.dumps(row) + "\n")


def _program(work: PendingCandidate, result: CandidateResult) -> str:
    return result.extraction.program if result.extraction else work.entry.candidate.program or ""
