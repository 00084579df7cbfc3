"""Reads files of the field into suites and candidates; a row that cannot be used is named, and the others are read."""

import gzip
import json
from pathlib import Path

import pytest

from clients.datasets import BadRow, CandidateEntry, RowFormat, read_candidates

DATA = Path(__file__).parents[5] / "shared" / "data"


def write(path, *rows):
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return path


PROBLEM = {
    "task_id": "T/0",
    "prompt": 'def f(x):\n    """Add one."""\n',
    "entry_point": "f",
    "canonical_solution": "    return x + 1\n",
    "test": "def check(candidate):\n    assert candidate(1) == 2\n    assert candidate(2) == 3\n",
}


def test_ours_with_its_bad_rows_named(tmp_path):
    suites = write(
        tmp_path / "suites.jsonl",
        {"id": "a", "asserts": ["assert f()"]},
        {"id": "b"},
    )
    path = write(
        tmp_path / "candidates.jsonl",
        {"suite": "a", "program": "x = 1"},
        '{"suite": "a", "pro',
        {"suite": "a"},
        {"suite": "nowhere", "program": ""},
        {"suite": "a", "program": "x", "tsets": []},
        [1],
        "",
        {"suite": "a", "completion": "y = 2"},
        '{"suite": "a", "program": "\\ud800"}',
    )
    found = list(read_candidates(path, suites))
    assert [
        each.candidate.program or each.candidate.completion
        for each in found
        if isinstance(each, CandidateEntry)
    ] == ["x = 1", "y = 2", "\ud800"]  # the last is the service's to answer
    bad = [(each.path.split("/")[-1], each.line) for each in found if isinstance(each, BadRow)]
    assert bad == [
        ("suites.jsonl", 2),
        *[("candidates.jsonl", line) for line in (2, 3, 4, 5, 6)],
    ]
    assert "exactly one of 'asserts', 'io', 'check'" in str(found[0])


def test_two_suites_of_one_id_are_refused_as_in_a_request(tmp_path):
    """Otherwise it would not be clear which of them judges a candidate."""
    suite = {"id": "a", "asserts": ["assert f()"]}
    suites = write(tmp_path / "suites.jsonl", suite, suite)
    candidates = write(tmp_path / "candidates.jsonl", {"suite": "a", "program": "x = 1"})
    with pytest.raises(ValueError, match=r"suites\.jsonl:2: id 'a' is used twice; ids must be unique"):
        list(read_candidates(candidates, suites))


def test_human_eval_samples_continue_the_prompt_or_stand_alone(tmp_path):
    problems = write(tmp_path / "problems.jsonl", PROBLEM)
    whole = "def f(x):\n    return x + 1"
    samples = write(
        tmp_path / "samples.jsonl",
        {"task_id": "T/0", "completion": "    return x"},
        {"task_id": "T/0", "solution": whole},
        {"task_id": "T/0", "completion": whole},
        {"task_id": "T/0", "completion": f"```python\n{whole}\n```"},
        {"task_id": "T/0"},
    )
    *entries, bad = read_candidates(samples, problems)
    assert entries[0].candidate.program == PROBLEM["prompt"] + "    return x"
    assert [each.candidate.completion for each in entries[1:3]] == [whole, whole]
    assert entries[0].suite.asserts == ["assert f(1) == 2", "assert f(2) == 3"]
    assert bad.reason == "'completion' is missing"


def test_problems_that_carry_their_completions(tmp_path):
    path = tmp_path / "both.jsonl.gz"
    path.write_bytes(
        gzip.compress(json.dumps(PROBLEM | {"completions": ["    return 1", "    return 2"]}).encode())
    )
    assert [each.candidate.id for each in read_candidates(path)] == ["T/0#0", "T/0#1"]
    (reference,) = read_candidates(path, reference=True)
    assert reference.candidate.program == PROBLEM["prompt"] + PROBLEM["canonical_solution"]


def test_acecode_rows_and_their_published_rates_are_not_read(tmp_path):
    inferences = [
        {"model_name": "m", "completion_id": at, "completion": f"x = {at}", "pass_rate": 1.0}
        for at in range(2)
    ]
    by_column = {name: [each[name] for each in inferences] for name in inferences[0]}
    row = {
        "id": "oss_1",
        "question": "Add.",
        "test_cases": ["assert abs(add(1, 2)) == 3", "assert add(0, 0) == 0"],
    }
    path = write(
        tmp_path / "rows.jsonl",
        row | {"inferences": inferences},
        row | {"inferences": by_column},
        row | {"inferences": [], "test_cases": "assert x"},
    )
    *entries, bad = read_candidates(path)
    assert [each.candidate.id for each in entries] == ["oss_1#m-0", "oss_1#m-1"] * 2
    assert (entries[0].suite.entry_point, entries[0].prompt) == (None, "Add.")
    assert bad.reason == "'test_cases' is str, not a list of asserts"


def test_acecode_rows_from_parquet(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    row = {
        "id": "oss_1",
        "question": "",
        "test_cases": ["assert f()"],
        "inferences": [{"completion": "def f(): return 1"}],
    }
    parquet.write_table(pyarrow.Table.from_pylist([row]), tmp_path / "rows.parquet")
    (entry,) = read_candidates(tmp_path / "rows.parquet")
    assert entry.candidate.completion == "def f(): return 1"


def test_mbpp_rows(tmp_path):
    row = {
        "task_id": 7,
        "text": "Add.",
        "code": "def add(a, b): return a + b",
        "test_list": ["assert math.isclose(add(1, 2), 3)"],
        "test_imports": ["import math"],
    }
    path = write(tmp_path / "mbpp.jsonl", row)
    (entry,) = read_candidates(path, reference=True)
    assert (entry.suite.setup, entry.suite.entry_point, entry.candidate.completion) == (
        "import math",
        None,
        row["code"],
    )


def test_an_unknown_format_is_an_error_that_lists_the_formats(tmp_path):
    with pytest.raises(ValueError, match="has none of the formats ours, humaneval, acecode, mbpp"):
        list(read_candidates(write(tmp_path / "x.jsonl", {"what": 1})))
    assert list(read_candidates(write(tmp_path / "y.jsonl"))) == []
    assert [
        each.line for each in read_candidates(write(tmp_path / "z.jsonl", "nonsense"), form=RowFormat.AUTO)
    ] == [1]


@pytest.mark.real_data
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "problems"), [("humaneval_codegen16b", 82), ("mbpp_sanitized", 214)])
def test_every_real_problem_converts_and_its_own_solution_passes(name, problems):
    path = DATA / f"{name}.jsonl.gz"
    if not path.exists():
        pytest.skip(f"{path.name} is not here")
    entries = list(read_candidates(path, reference=True))
    assert len(entries) == problems
    for entry in entries:
        assert entry.suite.asserts, entry.suite.id
        for test in entry.suite.asserts:
            namespace = {"__name__": "program"}
            for source in (entry.candidate.program, entry.suite.setup, test):
                exec(compile(source, entry.suite.id, "exec"), namespace)
