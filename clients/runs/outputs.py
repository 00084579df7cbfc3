"""Writes the output of a run over a file: one row per result, or one row per winner.

``clients.runs.judge`` decides what is judged. ``clients.runs.resume`` decides which rows of an earlier run are kept.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, Protocol

from clients.contract import CandidateResult, Status
from clients.datasets import BadRow, CandidateEntry
from clients.selection.problems import PendingProblem, Problem
from clients.selection.ranking import BestOfN
from clients.selection.rules import By


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
    replaced: int = 0
    """Rows of earlier runs that were dropped, because their programs, suites or options differ."""
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
            (self.replaced, "dropped from before (of other programs, suites or options)"),
        ]
        parts += [f"{count} {label}" for count, label in others if count]
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class JudgedResult:
    """The result of one candidate, with what identifies the tests and the code that judged it."""

    pending: PendingCandidate
    result: CandidateResult
    test_hashes: Sequence[str]
    runner_version: str


class ResultSink(Protocol):
    """Receives the results of a run."""

    def take(self, results: Sequence[JudgedResult]) -> None:
        """Take results that arrived together."""

    def refuse(self, pending: PendingCandidate, reason: str) -> None:
        """Take the reason why the service refused this candidate."""


@dataclass
class ResultRecorder:
    """Writes one row per result, as soon as it arrives."""

    file: IO[str]
    tally: Tally
    progress: ProgressReporter

    def take(self, results: Sequence[JudgedResult]) -> None:
        """Write one row per result; the rows survive an interrupt from now on."""
        lines = []
        for judged in results:
            pending = judged.pending
            self.tally.count(judged.result)
            row: dict[str, Any] = {"key": pending.key, **judged.result.model_dump(mode="json")}
            row |= {"id": pending.entry.candidate.id or str(pending.position), "index": pending.position}
            row |= {"test_hashes": list(judged.test_hashes), "runner_version": judged.runner_version}
            lines.append(json.dumps(row) + "\n")
        self.file.write("".join(lines))
        self.file.flush()
        self.progress.advance(len(results))

    def refuse(self, pending: PendingCandidate, reason: str) -> None:
        """Count the candidate as a bad row, and report it."""
        self.tally.bad_rows += 1
        self.progress.bad(refused_row(pending, reason))


@dataclass(frozen=True, slots=True)
class SuiteWinner:
    """What best-of-N chose for one suite."""

    suite: str
    candidates: int
    """Candidates that the service took."""
    right: int
    """Candidates that pass every valid test."""
    winner: str | None
    """Id of the best candidate; ``None`` if there is none."""
    pass_rate: float | None
    """The winner's."""
    reasons: Sequence[str]


Scorer = Callable[[str, Sequence[str]], Sequence[float | None]]
"""Returns the reward model's scores of answers to a prompt."""


@dataclass
class WinnerRecorder:
    """Writes the winner of a suite as soon as all its candidates are judged."""

    file: IO[str]
    by_suite: dict[str, list[PendingCandidate]]
    """All candidates, by the id of their suite."""
    progress: ProgressReporter
    rules: tuple[By, ...] = (By.PASS_RATE,)
    scorer: Scorer | None = None
    """Needed by the rule ``rm``."""
    at_least: float = 0.0
    """The least probability of a winner."""
    winners: list[SuiteWinner] = field(default_factory=list)
    """In the order in which the suites were complete."""
    results: dict[int, CandidateResult] = field(default_factory=dict)
    refused: set[int] = field(default_factory=set)

    def take(self, results: Sequence[JudgedResult]) -> None:
        """Write the winners of the suites that are complete now."""
        for judged in results:
            self.results[judged.pending.position] = judged.result
        self._write({judged.pending.entry.suite.id for judged in results})
        self.progress.advance(len(results))

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
        best = self._rank(judged, results)
        ids = [pending.entry.candidate.id or str(pending.position) for pending in judged]
        row: dict[str, Any] = {"task_id": suite, "solution": best.program, "reasons": best.reasons}
        row["winner"] = None if best.winner is None else ids[best.winner]
        row["pass_rate"] = None if best.winner is None else results[best.winner].pass_rate
        row["ranking"] = [ids[at] for at in best.ranking]
        row["unscorable"] = {ids[at]: reason for at, reason in best.unscorable.items()}
        row["by"] = list(self.rules)
        row["probability"] = best.probability
        right = sum(result.pass_rate == 1.0 for result in results)
        self.winners.append(
            SuiteWinner(suite, len(results), right, row["winner"], row["pass_rate"], best.reasons)
        )
        self.file.write(json.dumps(row) + "\n")

    def _rank(self, judged: Sequence[PendingCandidate], results: Sequence[CandidateResult]) -> BestOfN:
        """Rank the candidates of one suite; the reward model scores those that the rules before it leave tied."""
        candidates = [pending.entry.candidate for pending in judged]
        texts = [candidate.completion or candidate.program or "" for candidate in candidates]
        programs = [_program(pending, result) for pending, result in zip(judged, results, strict=True)]
        entry = judged[0].entry if judged else None
        problem = Problem(entry.prompt if entry else "", texts)
        weights = entry.suite.weights if entry else None
        pending_problem = PendingProblem(problem, results, programs, self.rules, weights, None)
        positions = pending_problem.positions_to_score()
        if positions and self.scorer is not None:
            scores = self.scorer(problem.prompt, pending_problem.texts_at(positions))
            pending_problem.set_scores(positions, scores)
        return pending_problem.rank(self.at_least)


def refused_row(pending: PendingCandidate, reason: str) -> BadRow:
    """Return the report of a candidate that the service refused."""
    return BadRow(f"candidate {pending.entry.candidate.id or pending.position}", 0, reason)


def _program(pending: PendingCandidate, result: CandidateResult) -> str:
    return result.extraction.program if result.extraction else pending.entry.candidate.program or ""
