"""The report of a run joins what was found in seeds with what was found in rows."""

import json

import pytest

from clients.contract import Seed, SynthRow
from services.synth import run
from services.synth.config import RunConfig
from services.synth.curation.contamination import REPORT, TABLE, write_contamination, write_seed_matches
from services.synth.decontamination.benchmarks import problem_of_row
from services.synth.decontamination.matches import BenchmarkIndex, Match, MatchKind
from services.synth.decontamination.report import MATCHES_NOTE, match_as_json
from services.synth.decontamination.seed_check import SeedCheck
from services.synth.pipeline.stage import RowDrop
from services.synth.pipeline.store import RowState, RunStore, StoredRow

PROBLEM = problem_of_row(
    "b", {"task_id": "7", "text": "Find the longest word that begins and ends alike."}, 1
)


@pytest.mark.parametrize("has_seed_matches", [True, False])
def test_copied_seeds_and_rephrased_questions_are_in_one_report(tmp_path, has_seed_matches):
    check = SeedCheck(BenchmarkIndex([PROBLEM]))
    copied = Seed(id="copy", instruction="Find the longest word that begins and ends alike.")
    assert check(copied)
    assert not check(Seed(id="rephrased", instruction="Sum."))
    if has_seed_matches:
        write_seed_matches(tmp_path, check)
    match = Match("rephrased", MatchKind.REPHRASED, "b", "7", 0.9, "similarity 0.90")
    row = SynthRow(seed=Seed(id="rephrased"), notes={MATCHES_NOTE: [match_as_json(match)]})
    with RunStore(tmp_path / "run.sqlite") as store:
        store.add_seeds([row.seed])
        store.write([StoredRow(0, 1, row, RowState.DROPPED, RowDrop.CONTAMINATED)], [])
        report = write_contamination(store, tmp_path, tmp_path, [PROBLEM])
    removed = ["copy", "rephrased"] if has_seed_matches else ["rephrased"]
    assert (report["compared"], sorted(report["removed_documents"])) == (len(removed), removed)
    assert json.loads((tmp_path / REPORT).read_text()) == report
    assert "| rephrased | b 7 | rephrased | 0.90 |" in (tmp_path / TABLE).read_text()


def test_a_run_leaves_copied_seeds_out_and_keeps_their_matches(tmp_path):
    (tmp_path / "bench.jsonl").write_text(
        '{"task_id": "7", "text": "Find the longest word that begins and ends alike."}\n'
    )
    code = "def f(x):\n    y = x\n    return y\n"
    seeds = [
        {"id": "copy", "program": code, "instruction": "Find the longest word that begins and ends alike."}
    ]
    seeds.append({"id": "own", "program": code, "instruction": "Add one."})
    (tmp_path / "seeds.jsonl").write_text("".join(json.dumps(seed) + "\n" for seed in seeds))
    config = RunConfig.model_validate(
        {
            "name": "n",
            "seeds": {"source": str(tmp_path / "seeds.jsonl")},
            "models": {"m": {"model": "m", "endpoints": [{"url": "http://127.0.0.1:1/v1"}]}},
            "roles": {"writer": "m", "solver": "m", "sampler": "m"},
            "stages": {"decontaminate": {"benchmarks": {"b": str(tmp_path / "bench.jsonl")}}},
        }
    )
    with RunStore(tmp_path / "run.sqlite") as store:
        run._add_seeds(config, store, tmp_path)
        assert [stored.row.id for stored in store.rows(RowState.ACTIVE)] == ["own"]
        report = write_contamination(store, tmp_path, tmp_path, run._problems(config))
    assert list(report["removed_documents"]) == ["copy"]
    (counts,) = json.loads((tmp_path / "seeds.json").read_text())
    assert counts["rejected"] == {"contaminated": 1}
