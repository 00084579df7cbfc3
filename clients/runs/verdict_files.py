"""Candidates judged into a file and read back in their order: resumable, the same rows twice judged once.

The file is one of ``acecoder execute``. A candidate that the service refuses comes back ``unscorable``.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from clients.config import ClientConfig
from clients.contract import CandidateResult, Status, UnscorableReason
from clients.datasets.candidates import BadRow, CandidateEntry
from clients.requests import RequestOptions
from clients.runs.judge import judge, with_keys
from clients.runs.outputs import PendingCandidate, Recorder, Show, Tally
from clients.runs.resume import drop_incomplete_rows


@dataclass
class _Keeper(Recorder):
    """Remembers why a candidate was refused."""

    refused: dict[str, str] = field(default_factory=dict)

    def refuse(self, work: PendingCandidate, why: str) -> None:
        """Tell, and remember."""
        self.show.bad(BadRow(f"candidate {work.entry.candidate.id or work.position}", 0, why))
        self.refused[work.key] = why


def judge_into(
    entries: Sequence[CandidateEntry], out: Path, *, config: ClientConfig, options: RequestOptions, show: Show
) -> list[CandidateResult]:
    """Return one verdict per entry; what ``out`` holds already is not judged again.

    Raises:
        OSError: the file cannot be read or written.
        ValueError: the file is not ours to write.
        AceCoderError: the service cannot be used; what was finished is in ``out``.
    """
    every = list(with_keys(entries, options))
    left, work = drop_incomplete_rows(out), list[PendingCandidate]()
    for each in every:
        if left[each.key]:
            left[each.key] -= 1
        else:
            work.append(each)
    show.total(len(work))
    with out.open("a", encoding="utf-8") as sink:
        keeper = _Keeper(sink, Tally(), show)
        judge(work, config, options, keeper)
    wanted = Counter(each.key for each in every)
    known = _read(out, wanted)
    return [known.get(each.key) or _refused(each, keeper.refused.get(each.key, "")) for each in every]


def _read(out: Path, wanted: Counter[str]) -> dict[str, CandidateResult]:
    known = {}
    with out.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row["key"] in wanted:
                known[row["key"]] = CandidateResult.model_validate(row)
    return known


def _refused(work: PendingCandidate, why: str) -> CandidateResult:
    candidate = work.entry.candidate
    return CandidateResult(
        id=candidate.id or str(work.position), index=work.position, suite=candidate.suite,
        status=Status.UNSCORABLE, reason=UnscorableReason.INVALID_INPUT, detail=why,
    )  # fmt: skip
