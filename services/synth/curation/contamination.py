"""Writes what a run removed for resembling a benchmark: ``contamination.json``, and the same as a table.

Seeds that copy a problem are found while they are read; their matches lie in the run's folder until the report is
written. Matches of rows are in the rows' notes.
"""

import json
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from services.synth.decontamination.benchmarks import BenchmarkProblem
from services.synth.decontamination.matches import Match
from services.synth.decontamination.report import (
    MATCHES_NOTE,
    decontamination_report,
    match_as_json,
    match_of_json,
    report_table,
)
from services.synth.decontamination.seed_check import SeedCheck
from services.synth.pipeline.store import RowState, RunStore

SEED_MATCHES, REPORT, TABLE = "seed_matches.json", "contamination.json", "contamination.md"


def write_seed_matches(folder: Path, check: SeedCheck) -> None:
    """Write the matches of seeds, for ``write_contamination``."""
    matches = [match_as_json(match) for match in check.matches]
    (folder / SEED_MATCHES).write_text(
        json.dumps({"compared": check.documents, "matches": matches}), encoding="utf-8"
    )


def write_contamination(
    store: RunStore, run_folder: Path, target: Path, problems: Sequence[BenchmarkProblem]
) -> dict[str, Any]:
    """Write the report of a run into the folder ``target``, and return it."""
    compared, matches = _seed_matches(run_folder / SEED_MATCHES)
    noted = _NotedMatches(store)
    report = decontamination_report(compared, chain(matches, noted), problems)
    # A seed that was kept is compared again, with its question; it is one document.
    report["compared"] = max(compared, noted.rows)
    (target / REPORT).write_text(json.dumps(report, indent=1, ensure_ascii=False), encoding="utf-8")
    (target / TABLE).write_text(report_table(report), encoding="utf-8")
    return report


class _NotedMatches:
    """Iterates over the matches in the notes of all rows, a batch of rows in memory at a time, and counts the rows."""

    def __init__(self, store: RunStore) -> None:
        self._store = store
        self.rows = 0
        """Rows so far whose question was compared."""

    def __iter__(self) -> Iterator[Match]:
        for state in RowState:
            for stored in self._store.rows(state):
                note = stored.row.notes.get(MATCHES_NOTE)
                if isinstance(note, list):
                    self.rows += 1
                    yield from (match_of_json(fields) for fields in note if isinstance(fields, dict))


def _seed_matches(path: Path) -> tuple[int, list[Match]]:
    if not path.exists():
        return 0, []
    content = json.loads(path.read_text(encoding="utf-8"))
    return content["compared"], [match_of_json(fields) for fields in content["matches"]]
