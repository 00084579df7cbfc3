"""Reads files of problems and samples, and reports the rows that cannot be used."""

import json

import pytest

from clients.datasets import read_problems, read_samples

CASE = "import unittest\nclass T(unittest.TestCase):\n    def test_one(self):\n        self.assertEqual(f(1), 2)\n"
PROBLEMS = {
    "HumanEval": {"task_id": "HumanEval/0", "prompt": "def f(x):\n", "entry_point": "f", "test": "def check(c):\n    assert c(1) == 2\n"},
    "EvalPlus": {"task_id": "HumanEval/0", "prompt": "def f(x):\n", "canonical_solution": "    return x\n", "entry_point": "f", "test": "", "base_input": [[1]], "plus_input": [[2], [3]]},
    "MBPP": {"task_id": 7, "prompt": "Write f.", "test_list": ["assert f(1) == 2"], "test_imports": ["import math"]},
    "BigCodeBench": {"task_id": "BigCodeBench/1", "complete_prompt": "import os\ndef f(x):\n", "entry_point": "f", "test": CASE},
    "LiveCodeBench": {"question_id": "1873_A", "question_content": "Add.", "public_test_cases": '[{"input": "1", "output": "2", "testtype": "stdin"}]', "private_test_cases": "[]", "metadata": "{}"},
    "ours": {"id": "s", "asserts": ["assert f(1) == 2"], "weights": [2.0]},
    "ours, as a task": {"task_id": "s", "prompt": "Add.", "asserts": ["assert f(1) == 2"]},
}  # fmt: skip


def write(path, *rows):
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return path


def refuse(row):
    raise AssertionError(str(row))


def tasks(tmp_path, *rows):
    return read_problems(write(tmp_path / "problems.jsonl", *rows), refuse)


def samples(tmp_path, known, *rows, bad=refuse):
    return read_samples(write(tmp_path / "samples.jsonl", *rows), known, bad)


@pytest.mark.parametrize("name", PROBLEMS)
def test_problems_of_every_shape_are_read(tmp_path, name):
    row = PROBLEMS[name]
    own_id = str(row.get("task_id", row.get("question_id", row.get("id"))))
    found = tasks(tmp_path, row)
    assert list(found) == [own_id]
    assert found[own_id].suite.size == (3 if name == "EvalPlus" else 1)
    assert bool(found[own_id].prompt) is (name != "ours")


def test_evalplus_problems_keep_base_and_plus_inputs_apart(tmp_path):
    task = tasks(tmp_path, PROBLEMS["EvalPlus"])["HumanEval/0"]
    assert (task.base, task.inputs) == (1, ([1], [2], [3]))
    assert tasks(tmp_path, PROBLEMS["HumanEval"])["HumanEval/0"].base is None


@pytest.mark.parametrize(
    ("row", "field", "text"),
    [
        ({"solution": "def f(x): return 1"}, "completion", "def f(x): return 1"),
        ({"completion": "    return x\n"}, "program", "def f(x):\n    return x\n"),
        ({"completion": "    return x\n", "prompt": "import os\ndef f(x):\n"}, "program", "import os\ndef f(x):\n    return x\n"),
        ({"completion": "def f(x):\n    return x\n"}, "completion", "def f(x):\n    return x\n"),
        ({"completion": "Sure:\n```python\nx = 1\n```"}, "completion", "Sure:\n```python\nx = 1\n```"),
        ({"program": "def f(x): pass"}, "program", "def f(x): pass"),
    ],
)  # fmt: skip
def test_a_completion_continues_its_prompt_only_where_the_prompt_begins_the_function(
    tmp_path, row, field, text
):
    known = tasks(tmp_path, PROBLEMS["HumanEval"])
    (found,) = samples(tmp_path, known, {"task_id": "HumanEval/0", **row})
    assert getattr(found.entry.candidate, field) == text


def test_a_prompt_in_prose_is_not_put_in_front(tmp_path):
    known = tasks(tmp_path, PROBLEMS["MBPP"])
    (found,) = samples(tmp_path, known, {"task_id": 7, "completion": "def f(x): return 2"})
    assert found.entry.candidate.completion == "def f(x): return 2"


def test_lists_of_livecodebench_and_our_own_candidates_are_samples_too(tmp_path):
    known = tasks(tmp_path, PROBLEMS["LiveCodeBench"], PROBLEMS["ours"])
    rows = [{"question_id": "1873_A", "code_list": ["a", "b"]}, {"suite": "s", "program": "c", "id": "mine"}]
    found = samples(tmp_path, known, *rows)
    assert [each.entry.suite.id for each in found] == ["1873_A", "1873_A", "s"]
    assert [each.row.get("solution") for each in found] == ["a", "b", None]
    assert len({each.entry.candidate.id for each in found}) == 3


def test_rows_that_cannot_be_used_are_reported_by_line_and_the_others_are_kept(tmp_path):
    known, reported = tasks(tmp_path, PROBLEMS["HumanEval"]), []
    good = {"task_id": "HumanEval/0", "solution": "x"}
    wrong = [
        {"task_id": "HumanEval/1", "solution": "x"},
        {"solution": "x"},
        {"task_id": "HumanEval/0"},
        {"task_id": "HumanEval/0", "solution": 5},
        {**good, "rm_score": "high"},
        "[1]",
        "{",
    ]
    found = samples(tmp_path, known, good, *wrong, {**good, "rm_score": 2}, bad=reported.append)
    assert [each.score for each in found] == [None, 2]
    assert [row.line for row in reported] == list(range(2, 9))
    for row, words in zip(
        reported,
        ["not among the problems", "the row has no id", "'completion'", "completion", "rm_score"],
        strict=False,
    ):
        assert words in row.reason


def test_a_file_without_a_single_usable_row_is_an_error_with_its_first_reason(tmp_path):
    with pytest.raises(ValueError, match=r"holds no problem.*line 1: .*Test specs understood"):
        read_problems(write(tmp_path / "p.jsonl", {"task_id": "a", "answers": []}), lambda _: None)
    known = tasks(tmp_path, PROBLEMS["HumanEval"])
    with pytest.raises(ValueError, match=r"holds no sample.*line 1: task 'b' is not among"):
        samples(tmp_path, known, {"task_id": "b", "solution": "x"}, bad=lambda _: None)


def test_a_task_that_is_there_twice_is_refused(tmp_path):
    second = {**PROBLEMS["HumanEval"], "prompt": "other"}
    with pytest.raises(ValueError, match=r"p\.jsonl:2: id 'HumanEval/0' is used twice; ids must be unique"):
        read_problems(write(tmp_path / "p.jsonl", PROBLEMS["HumanEval"], second), lambda _: None)


def test_samples_in_the_place_of_problems_are_reported_as_samples_and_once(tmp_path):
    reported = []
    rows = [{"task_id": "a", "solution": "x"}] * 3
    with pytest.raises(ValueError, match=r"line 1: it is a sample; give the problems' file first") as caught:
        read_problems(write(tmp_path / "p.jsonl", *rows), reported.append)
    assert reported == []
    assert "Test specs understood" not in str(caught.value)


def test_shapes_are_listed_where_no_row_has_one_and_nowhere_else(tmp_path):
    reported = []
    strange = {"task_id": "z", "colour": "red"}
    with pytest.raises(ValueError, match="Test specs understood"):
        read_problems(write(tmp_path / "p.jsonl", strange), reported.append)
    read_problems(write(tmp_path / "p.jsonl", strange, PROBLEMS["HumanEval"]), reported.append)
    assert len(reported) == 1
    assert "understood" not in str(reported[0])
