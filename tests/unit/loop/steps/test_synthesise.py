import gzip
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import anyio
import pytest

from clients.contract import (
    CandidateResult,
    Outcome,
    Question,
    Seed,
    Status,
    SynthRow,
    SynthTest,
    TestDrop,
    TestOrigin,
    TestResult,
)
from loop.questions import LoopQuestion
from loop.steps.context import SilentProgress
from loop.steps.synthesis import rows
from loop.steps.synthesis.config import SynthFolder
from loop.steps.synthesis.rows import ReadRow, count_wrong, read_rows
from loop.steps.synthesise import dataset_results

STATISTICS = {
    "questions": 1,
    "programs": 16,
    "mean_rate": 0.5,
    "pairs": 3,
    "stages": [{"stage": "filter", "rows": 2, "kept": 1, "wall_s": 2.5, "tests_before": 4, "tests_after": 2}],
    "models": [
        {"completions": 5, "prompt_tokens": 50, "completion_tokens": 70},
        {"completions": 1, "prompt_tokens": 2, "completion_tokens": 3},
    ],
}
TESTS = [
    SynthTest(source="assert f(1) == 2"),
    SynthTest(source="assert f(2) == 9", dropped=TestDrop.REJECTED),
    SynthTest(source="assert f(", dropped=TestDrop.SYNTAX),
    SynthTest(source="assert f(3) == 8"),
    SynthTest(source="assert f(4) == 7", origin=TestOrigin.MUTATED),
]


def folder_with_rows(tmp_path: Path, tests: Sequence[SynthTest] = TESTS) -> SynthFolder:
    folder = SynthFolder(tmp_path)
    folder.statistics.parent.mkdir()
    folder.statistics.write_text(json.dumps(STATISTICS))
    question = Question(text="Double.", entry_point="f")
    lines = [
        {
            "state": "done",
            "row": SynthRow(seed=Seed(id="a", source="s"), question=question, tests=list(tests)),
        },
        {
            "state": "dropped",
            "stage": "filter",
            "reason": "few_tests",
            "row": SynthRow(seed=Seed(id="b", source="s"), question=question, tests=list(tests[1:3])),
        },
    ]
    with gzip.open(folder.rows, "wt") as file:
        for line in lines:
            row = line["row"]
            assert isinstance(row, SynthRow)
            file.write(json.dumps({**line, "row": row.model_dump(mode="json")}) + "\n")
    with gzip.open(folder.pairs, "wt") as file:
        file.writelines(json.dumps({"question": name}) + "\n" for name in ("a", "a", "b"))
    return folder


def test_the_counts_of_a_data_set_are_read_from_its_files(tmp_path: Path) -> None:
    folder = folder_with_rows(tmp_path)
    results = dataset_results(folder, list(read_rows(folder)), seeds=2, wall_s=1.0)
    assert (results.seeds, results.questions, results.samples) == (2, 1, 16)
    assert (results.tests_imagined, results.tests_kept, results.tests_added) == (6, 2, 1)
    assert results.test_drops == {"rejected": 2, "syntax": 2}
    assert results.row_drops == {"filter: few_tests": 1}
    assert (results.pairs, results.pair_questions) == (3, 2)
    assert (results.model_calls, results.tokens_in, results.tokens_out) == (6, 52, 73)
    assert (results.stages[0].rows_in, results.stages[0].rows_out, results.stages[0].tests_out) == (2, 1, 2)


def test_tests_whose_values_were_asked_for_apart_are_imagined_ones_too(tmp_path: Path) -> None:
    labelled = TestOrigin.LABELLED
    tests = [
        SynthTest(source="assert f(1) == 2", origin=labelled),
        SynthTest(source="f(2)", origin=labelled, dropped=TestDrop.UNDECIDED),
    ]
    folder = folder_with_rows(tmp_path, tests)
    results = dataset_results(folder, list(read_rows(folder)), seeds=2, wall_s=1.0)
    assert (results.tests_imagined, results.tests_kept, results.tests_added) == (3, 1, 0)
    (first, _) = read_rows(folder)
    assert first.usable == first.judgeable == [0], "a call without a value is no test"


def test_without_the_filter_its_drops_are_back_and_no_others(tmp_path: Path) -> None:
    first, _ = read_rows(folder_with_rows(tmp_path))
    assert first.usable == [0, 1, 3, 4]


def test_wrong_tests_are_imagined_ones_that_the_right_program_fails(tmp_path: Path) -> None:
    all_rows = list(read_rows(folder_with_rows(tmp_path)))
    truth = {"a": [True, False, None, False, False], "b": [False, None]}
    assert count_wrong(all_rows, truth, kept=False) == 3
    assert count_wrong(all_rows, truth, kept=True) == 1
    assert count_wrong(all_rows, {}, kept=True) is None


@pytest.mark.parametrize(
    ("question", "is_held_out", "is_judged"),
    [
        (Question(text="Double.", entry_point="f"), False, True),
        (Question(text="Twice.", entry_point="f"), False, False),
        (Question(text="Twice.", entry_point="f"), True, True),
        (Question(text="Double.", entry_point="g"), True, False),
    ],
)
def test_tests_of_a_question_that_a_model_rewrote_are_true_or_wrong_only_for_a_held_out_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, question: Question, *, is_held_out: bool, is_judged: bool
) -> None:
    """The executor is a mock: its verdicts are that every test passes."""

    async def judge(executor, groups, file, progress):
        tests = [TestResult(outcome=Outcome.PASSED)] * 2
        return {
            one.id: [CandidateResult(id="0", index=0, suite="q", status=Status.JUDGED, tests=tests)]
            for one in groups
        }

    monkeypatch.setattr(rows, "judge_groups", judge)
    row = SynthRow(seed=Seed(id="a", source="s"), question=question, tests=[TESTS[0], TESTS[3], TESTS[2]])
    given = LoopQuestion(id="a", split="train", text="Double.", entry_point="f", program="")
    find = partial(rows.find_truth, None, SynthFolder(tmp_path), [ReadRow(row, is_done=True)], [given])
    truth = anyio.run(partial(find, SilentProgress(), is_held_out=is_held_out))
    assert truth == ({"a": [True, True]} if is_judged else {})
