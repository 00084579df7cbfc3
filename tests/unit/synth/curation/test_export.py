"""Rows and counts that other programs read: nothing of a row is lost, dropped rows have their stage and reason."""

import gzip
import json

from clients.contract import SynthRow
from clients.pairs import PairReport
from services.synth.curation.card import stage_yields
from services.synth.curation.export import write_rows, write_statistics
from services.synth.curation.statistics import RunStatistics
from services.synth.llm.cache import Spent
from services.synth.pipeline.store import RowState
from tests.unit.synth.curation.test_files import STAGES, store

__all__ = ["store"]


def test_every_row_is_written_in_full(store, tmp_path):
    path = tmp_path / "new" / "rows.jsonl.gz"
    assert write_rows(store, path, STAGES) == 10
    with gzip.open(path, "rt") as lines:
        rows = [json.loads(line) for line in lines]
    done = [row for row in rows if row["state"] == "done"]
    kept = [stored.row for stored in store.rows(RowState.DONE)]
    assert [SynthRow.model_validate(row["row"]) for row in done] == kept
    (dropped,) = [row for row in rows if row["state"] == "dropped"]
    assert (dropped["stage"], dropped["reason"], dropped["row"]["seed"]["id"]) == (
        "filter",
        "few_tests",
        "s4",
    )


def test_a_name_without_gz_is_plain_text(store, tmp_path):
    write_rows(store, tmp_path / "rows.jsonl", STAGES)
    assert len((tmp_path / "rows.jsonl").read_text().splitlines()) == 10


def test_the_counts_of_the_card_are_written_as_json(store, tmp_path):
    statistics = RunStatistics()
    for stored in store.rows(RowState.DONE):
        statistics.add_done(stored.row)
    for stored in store.rows(RowState.DROPPED):
        statistics.add_dropped(stored.row, "filter", stored.reason)
    spent = [Spent("sample", "qwen", 10, 100, 200, 0.0)]
    write_statistics(tmp_path, stage_yields(store.yields()), spent, statistics, PairReport(pairs=7))
    counts = json.loads((tmp_path / "statistics.json").read_text())
    assert counts["questions"] == 9
    assert counts["pairs"] == 7
    assert counts["dropped_tests"] == {"rejected": 9}
    assert counts["dropped_rows"] == [{"stage": "filter", "reason": "few_tests", "rows": 1}]
    assert counts["stages"][0]["rows"] == 10
    assert counts["models"][0]["completion_tokens"] == 200
