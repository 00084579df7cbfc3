"""The data set of a run: the same rows give the same bytes, every file has its columns, the card counts what happened."""

import gzip
import json

import pytest

from clients.contract import (
    Outcome,
    ProgramRole,
    Question,
    Seed,
    SynthProgram,
    SynthTest,
    TestDrop,
    TestOrigin,
)
from services.synth.curation.card import card_markdown, stage_yields, write_card
from services.synth.curation.files import CurationOptions, write_dataset
from services.synth.llm.cache import Spent
from services.synth.pipeline.store import RowState, RunStore, Step, StoredRow

P, W = Outcome.PASSED, Outcome.WRONG_ANSWER
STAGES = ["rewrite", "filter", "sample"]


def finished(row, number):
    rates = [(1.0, [P, P, None]), (0.5, [P, W, None]), (0.0, [W, W, None])][: 2 + number % 2]
    programs = [
        SynthProgram(
            role=ProgramRole.SAMPLE,
            model="qwen",
            completion=f"```python\ndef f(x): return {number + at}\n```",
            program=f"def f(x): return {number + at}",
            outcomes=outcomes,
            pass_rate=rate,
        )
        for at, (rate, outcomes) in enumerate(rates)
    ]
    tests = [
        SynthTest(source="assert f(1) == 2", probability=0.97),
        SynthTest(source="assert f(2) == [3]", probability=0.9),
        SynthTest(source="assert f(2) == 9", probability=0.1, dropped=TestDrop.REJECTED),
    ]
    question = Question(text=f"Question {number}.", entry_point="f", signature="def f(x)")
    return row.model_copy(update={"question": question, "tests": tests, "programs": programs})


@pytest.fixture
def store(tmp_path):
    with RunStore(tmp_path / "run.sqlite") as opened:
        opened.add_seeds(Seed(id=f"s{n}", source="std", licence="MIT") for n in range(10))
        rows, steps = [], []
        for stored in opened.rows(RowState.ACTIVE):
            n = stored.position
            dropped = n == 4
            state, reason = (RowState.DROPPED, "few_tests") if dropped else (RowState.DONE, "")
            row = stored.row if dropped else finished(stored.row, n)
            rows.append(StoredRow(n, 2 if dropped else 3, row, state, reason, "none" if dropped else ""))
            steps.append(Step(n, "filter", reason, 0.1, 3, 0 if dropped else 2))
        opened.write(rows, steps)
        yield opened


def read(path):
    with gzip.open(path, "rt") as lines:
        return [json.loads(line) for line in lines]


def test_every_file_has_its_columns_in_the_order_of_the_seeds(store, tmp_path):
    statistics, report = write_dataset(store, tmp_path / "a", CurationOptions(canary_share=1.0), STAGES)
    rows = read(tmp_path / "a" / "acecode.jsonl.gz")
    assert [row["id"] for row in rows] == [f"s{n}" for n in range(10) if n != 4]
    assert [one["pass_rate"] for one in rows[1]["inferences"]] == [1.0, 0.5, 0.0]
    pairs = read(tmp_path / "a" / "pairs.jsonl.gz")
    assert [pair["id"] for pair in pairs] == list(range(report.pairs)) == list(range(9 + 5))
    assert set(pairs[0]) == {"id", "instruction", "input", "chosen", "rejected"}
    assert len(read(tmp_path / "a" / "pairs_full.jsonl.gz")) == report.pairs
    canaries = read(tmp_path / "a" / "canaries.jsonl.gz")
    assert {canary["id"] for canary in canaries} <= {f"s{n}:canary" for n in range(10)}
    assert all(canary["suite"]["asserts"] != rows[0]["test_cases"] for canary in canaries)
    kept = {f"{row['id']}:canary": row["test_cases"] for row in rows}
    for canary in canaries:
        pairs = enumerate(zip(canary["suite"]["asserts"], kept[canary["id"]], strict=True))
        assert [at for at, (one, other) in pairs if one != other] == [canary["canary_test"]]
    (dropped,) = read(tmp_path / "a" / "dropped.jsonl.gz")
    assert dropped == {"id": "s4", "stage": "filter", "reason": "few_tests", "detail": "none"}
    assert statistics.questions == 9
    assert statistics.dropped_rows == {("filter", "few_tests"): 1}


def test_the_same_rows_give_the_same_bytes(store, tmp_path):
    for name in "ab":
        write_dataset(store, tmp_path / name, CurationOptions(canary_share=0.5), STAGES)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_pairs_by_the_papers_rule_leave_out_answers_that_pass_nothing(store, tmp_path):
    options = CurationOptions(reject_rate_zero=False)
    _, report = write_dataset(store, tmp_path / "a", options, STAGES)
    assert report.pairs == 9


def test_parquet_has_the_same_rows(store, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    write_dataset(store, tmp_path / "a", CurationOptions(parquet=True), STAGES)
    for name in ("acecode", "pairs"):
        table = parquet.read_table(tmp_path / "a" / f"{name}.parquet").to_pylist()
        assert table == read(tmp_path / "a" / f"{name}.jsonl.gz")


def test_the_card_counts_marked_passes_and_rows_that_a_stage_passed_on(store, tmp_path):
    (first, *_) = store.rows(RowState.DONE)
    marks = {"rests_on_program": [0, 1, 2], "decided_by_program": [1]}
    # passes test 0, fails test 1; test 2 was dropped
    programs = [first.row.programs[1].model_copy(update=marks)]
    notes = {"strengthen.not_applied": "no new inputs: …"}
    row = first.row.model_copy(update={"programs": programs, "notes": notes})
    store.write([StoredRow(0, 3, row, RowState.DONE, "", "")], [])
    statistics, report = write_dataset(store, tmp_path / "a", CurationOptions(), STAGES)
    text = card_markdown("first", statistics, report, [], [], {}, [], "11")
    assert "| strengthen | no new inputs: … | 1 |" in text
    assert "| in which code of the program took part (they count) | 1 |" in text
    assert "| that the program alone decided (they count as not passed) | 1 |" in text
    assert "All verdicts are of the executor's runner 11." in text


def test_tests_that_were_added_later_are_not_counted_as_imagined(store, tmp_path):
    (first, *_) = store.rows(RowState.DONE)
    tests = list(first.row.tests)
    tests[1] = tests[1].model_copy(update={"origin": TestOrigin.MUTATED})
    tests.append(SynthTest(source="f(7)", origin=TestOrigin.MUTATED, dropped=TestDrop.REDUNDANT))
    store.write([StoredRow(0, 3, first.row.model_copy(update={"tests": tests}), RowState.DONE, "", "")], [])
    statistics, report = write_dataset(store, tmp_path / "a", CurationOptions(), STAGES)
    assert statistics.total("imagined") == 9 * 3 - 1
    assert statistics.total("imagined_kept") == 9 * 2 - 1
    assert (statistics.dropped_tests["redundant"], statistics.dropped_imagined["redundant"]) == (1, 0)
    text = card_markdown("first", statistics, report, [], [], {})
    assert "| redundant | 0 | 1 |" in text
    assert "| tests a kept question, with those that were added | 2.00 | none added |" in text


def test_questions_that_all_programs_solve_are_counted(store, tmp_path):
    (first, *_) = store.rows(RowState.DONE)
    row = first.row.model_copy(update={"programs": first.row.programs[:1]})
    store.write([StoredRow(0, 3, row, RowState.DONE, "", "")], [])
    statistics, _ = write_dataset(store, tmp_path / "a", CurationOptions(), STAGES)
    assert (statistics.all_solved_questions, statistics.solved_questions) == (1, 9)


def test_the_card_counts_what_happened(store, tmp_path):
    statistics, report = write_dataset(store, tmp_path / "a", CurationOptions(), STAGES)
    spent = [Spent("rewrite", "m", 10, 1000, 300, 0.01)]
    seeds = [{"source": "s.jsonl", "rows": 12, "kept": 10, "rejected": {"syntax": 2}}]
    text = card_markdown("first", statistics, report, stage_yields(store.yields()), spent, {"seed": 1}, seeds)
    assert "| questions that are kept | 9 | 87,149 |" in text
    assert "| imagined tests a written question | 3.00 | 18.27 |" in text
    assert "| share of imagined tests kept | 66.7 % | about 61 % |" in text
    assert "| pairs, the paper's rule | 9 | 307,509 |" in text
    assert "| pairs, rate 0 may be rejected | 14 | none |" in text
    assert "| share of seeds kept | 90.0 % | 70.3 % |" in text
    assert "| filter | 10 | 9 | 27 | 18 | few_tests 1 |" in text
    assert "| rejected | 9 | 0 |" in text
    assert "| rewrite | m | 10 | 1,000 | 300 | 0.0100 |" in text
    assert "| s.jsonl | 12 | 10 | syntax 2 |" in text
    assert "| std | 10 | 9 | 18 |" in text
    assert f"| `acecode_hard.jsonl.gz` | {len(read(tmp_path / 'a' / 'acecode_hard.jsonl.gz'))} |" in text
    write_card(tmp_path / "a", text, statistics)
    assert (tmp_path / "a" / "card.svg").read_text().startswith("<svg")
