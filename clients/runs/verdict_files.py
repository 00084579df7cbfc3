"""Judges candidates into a file and reads their verdicts back, in the candidates' order. A run can be resumed.

The file has the format of ``acecoder execute``. A candidate that the service refuses is ``unscorable``.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from clients.config import ClientConfig
from clients.contract import CandidateResult, Status, UnscorableReason
from clients.datasets import CandidateEntry
from clients.requests import RequestOptions
from clients.runs.keys import not_done, with_keys
from clients.runs.outputs import PendingCandidate, ProgressReporter, ResultRecorder, Tally, refused_row
from clients.runs.resume import drop_incomplete_rows
from clients.runs.sending import judge_candidates


@dataclass
class _RefusalRecorder(ResultRecorder):
    """Writes results, and remembers why candidates were refused."""

    reasons: dict[str, str] = field(default_factory=dict)
    """Of refused candidates, by their keys."""

    def refuse(self, pending: PendingCandidate, reason: str) -> None:
        """Report the candidate, and remember the reason."""
        self.progress.bad(refused_row(pending, reason))
        self.reasons[pending.key] = reason


def judge_into(
    entries: Sequence[CandidateEntry],
    out: Path,
    *,
    config: ClientConfig,
    options: RequestOptions,
    progress: ProgressReporter,
) -> list[CandidateResult]:
    """Return one verdict per entry; entries with a verdict in ``out`` are not judged again.

    Raises:
        OSError: the file cannot be read or written.
        ValueError: the file holds what no run wrote.
        AceCoderError: the service cannot be used; finished rows are in ``out``.
    """
    candidates = list(with_keys(entries, options))
    pending = list(not_done(candidates, drop_incomplete_rows(out)))
    progress.total(len(pending))
    with out.open("a", encoding="utf-8") as file:
        recorder = _RefusalRecorder(file, Tally(), progress)
        judge_candidates(pending, config, options, recorder)
    results = _read(out, {candidate.key for candidate in candidates})
    return [
        results.get(candidate.key) or _refused(candidate, recorder.reasons.get(candidate.key, ""))
        for candidate in candidates
    ]


def _read(out: Path, keys: set[str]) -> dict[str, CandidateResult]:
    results = {}
    with out.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row["key"] in keys:
                results[row["key"]] = CandidateResult.model_validate(row)
    return results


def _refused(pending: PendingCandidate, reason: str) -> CandidateResult:
    candidate = pending.entry.candidate
    return CandidateResult(
        id=candidate.id or str(pending.position), index=pending.position, suite=candidate.suite,
        status=Status.UNSCORABLE, reason=UnscorableReason.INVALID_INPUT, detail=reason,
    )  # fmt: skip
