"""Files of the field → suites and candidates; what cannot be used is named, and costs itself only."""

import gzip
import json
from pathlib import Path

import pytest

from clients import Suite
from clients.datasets import BadRow, CandidateEntry, RowFormat, read_candidates
from clients.testspecs import entry_point_of, humaneval_suite, split_check

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
    """Nobody can say which of them judges a candidate."""
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
    assert bad.problem == "'completion' is missing"


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
    assert (entries[0].suite.entry_point, entries[0].prompt) == ("add", "Add.")
    assert bad.problem == "'test_cases' is str, not a list of asserts"


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
        "add",
        row["code"],
    )


def test_an_unknown_shape_is_said(tmp_path):
    with pytest.raises(ValueError, match="has none of the formats ours, humaneval, acecode, mbpp"):
        list(read_candidates(write(tmp_path / "x.jsonl", {"what": 1})))
    assert list(read_candidates(write(tmp_path / "y.jsonl"))) == []
    assert [
        each.line for each in read_candidates(write(tmp_path / "z.jsonl", "nonsense"), form=RowFormat.AUTO)
    ] == [1]


def split(body, before=""):
    indented = "\n".join(f"    {line}" for line in body.split("\n"))
    return split_check(f"{before}def check(candidate):\n{indented}\n", "f")


def test_every_assert_of_a_check_becomes_a_test_of_its_own():
    assert split("assert candidate(1) == 2\nassert candidate('candidate')") == (
        "",
        ["assert f(1) == 2", "assert f('candidate')"],
    )


def test_what_stands_before_the_asserts_is_setup():
    setup, tests = split(
        "from random import Random\nrng = Random(1)\nassert candidate(rng)\nassert candidate(2)",
        "K = 1\n\ndef helper(): return K\n\n",
    )
    assert setup == "K = 1\ndef helper():\n    return K\nfrom random import Random\nrng = Random(1)"
    assert tests == ["assert f(rng)", "assert f(2)"]


def test_what_stands_between_goes_before_each_that_follows():
    assert split("assert candidate(1)\nx = 2\nassert candidate(x)") == (
        "",
        ["assert f(1)", "x = 2\nassert f(x)"],
    )


def test_a_loop_of_asserts_is_one_test():
    assert split("for x in (1, 2):\n    assert candidate(x)\nassert candidate(3)") == (
        "",
        ["for x in (1, 2):\n    assert f(x)", "assert f(3)"],
    )


def test_asserts_that_hold_for_anything_are_no_tests():
    assert split("assert True, 'prints'\nassert candidate(1)") == ("", ["assert f(1)"])


def test_modules_left_to_the_program_are_imported():
    assert split("assert math.isclose(candidate(1), 1.0)")[0] == "import math"


@pytest.mark.parametrize(
    "body",
    [
        "candidate = 1\nassert candidate",
        "return candidate(1)",
        "for i in range(3):\n    assert candidate(i)\nassert candidate(i)",
        "assertion(candidate(1), 1)",
        "global x\nassert candidate(1)",
    ],
)
def test_a_check_that_cannot_be_split_for_sure_stays_whole(body):
    assert split(body) == ("", [])
    source = "def check(candidate):\n" + "\n".join(f"    {line}" for line in body.split("\n"))
    assert humaneval_suite("s", source, "f") == Suite(id="s", check=source, entry_point="f")


@pytest.mark.parametrize(
    "source", ["x = 1", "def check(:", "def check(): pass", "x = " + "-" * 100_000 + "1"]
)
def test_a_test_without_a_check_is_refused(source):
    with pytest.raises(ValueError, match="test"):
        split_check(source, "f")


def test_the_entry_point_is_what_most_asserts_call():
    assert entry_point_of(["assert sorted(f(1)) == [1]", "assert f(g(2)) == 1", "assert ("]) == "f"
    assert entry_point_of(["assert 1"]) is None


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
