"""Writes pairs in the columns of each trainer, by the command too, and rows of AceCode data sets."""

import gzip
import json

import pytest
from typer.testing import CliRunner

from clients import CandidateResult, Status, TestResult
from clients.cli.commands import app
from clients.contract import PreferencePair
from clients.datasets import CandidateEntry, acecode_row, read_candidates
from clients.pairs import PairForm, llamafactory_entry, pair_of, row_of

PAIR = PreferencePair(question="q", prompt="Do it.", chosen="good", rejected="bad", margin=0.5)


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def write(path, *rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.mark.parametrize(
    ("form", "columns"),
    [
        (PairForm.TRL, ["prompt", "chosen", "rejected", "margin"]),
        (PairForm.OPENRLHF, ["prompt", "chosen", "rejected", "margin"]),
        (PairForm.LLAMAFACTORY, ["instruction", "input", "chosen", "rejected"]),
        (PairForm.ACECODEPAIR, ["instruction", "input", "chosen", "rejected", "id"]),
    ],
)
def test_columns_are_those_the_trainer_reads_and_read_back_as_the_same_pair(form, columns):
    row = row_of(PAIR, form, 3)
    assert list(row) == columns
    again = pair_of(json.loads(json.dumps(row)))
    assert (again.prompt, again.chosen, again.rejected) == ("Do it.", "good", "bad")
    assert again.margin == (0.5 if "margin" in row else None)
    assert again.question == pair_of(row_of(PAIR, form, 4)).question  # of one prompt: one question
    assert pair_of(row_of(PAIR, PairForm.OURS, 0)) == PAIR


def test_messages_have_the_format_of_trl_and_openrlhf():
    row = row_of(PAIR, PairForm.TRL, 0)
    assert row["prompt"] == [{"role": "user", "content": "Do it."}]
    assert row["chosen"] == [{"role": "assistant", "content": "good"}]
    assert llamafactory_entry("pairs.jsonl")["ranking"] is True


def test_a_row_without_a_pair_is_an_error():
    with pytest.raises(ValueError, match="'prompt', 'rejected' missing"):
        pair_of({"chosen": "x"})
    with pytest.raises(ValueError, match="'chosen' has 2 messages"):
        pair_of({"prompt": "p", "chosen": [{"content": "a"}] * 2, "rejected": "b"})


def verdict(name, index, suite, signs):
    tests = [TestResult(outcome="passed" if sign == "1" else "wrong_answer") for sign in signs]
    row = CandidateResult(id=name, index=index, suite=suite, status=Status.JUDGED, tests=tests).model_dump(
        mode="json"
    )
    return {"key": str(index), **row, "pass_rate": 1.0, "test_hashes": ["h"] * len(signs)}


@pytest.fixture
def files(tmp_path):
    """Two questions, their candidates mixed, and the results in another order."""
    suites = write(
        tmp_path / "suites.jsonl", *({"id": name, "asserts": ["assert f()"] * 5} for name in ("a", "b"))
    )
    candidates = [
        {"suite": suite, "id": f"{suite}{at}", "program": f"def f(): return {at}"}
        for at in range(3)
        for suite in "ab"
    ]
    signs = ["11111", "11110", "11000", "11000", "00000", "10000"]
    results = [verdict(each["id"], at, each["suite"], signs[at]) for at, each in enumerate(candidates)]
    return {
        "results": write(tmp_path / "results.jsonl", *results[::-1]),
        "candidates": write(tmp_path / "candidates.jsonl", *candidates),
        "suites": suites,
        "prompts": write(
            tmp_path / "prompts.jsonl", {"id": "a", "prompt": "Do a."}, {"id": "b", "prompt": "Do b."}
        ),
        "out": tmp_path / "pairs.jsonl",
    }


def run(files, *more, **instead):
    files = files | instead
    given = ["pairs", str(files["results"]), "-c", str(files["candidates"]), "-o", str(files["out"])]
    given += ["--suites", str(files["suites"])]
    if files["prompts"]:
        given += ["--prompts", str(files["prompts"])]
    return CliRunner().invoke(app, [*given, *more])


def test_the_command_makes_pairs_of_recomputed_rates(files):
    ended = run(files)
    assert ended.exit_code == 0, ended.output
    found = [(row["chosen_id"], row["rejected_id"], row["margin"]) for row in lines(files["out"])]
    assert found == [("a0", "a1", 0.6), ("b0", "b1", 0.4), ("b0", "b2", 0.6)]
    first = lines(files["out"])[0]
    assert (first["prompt"], first["chosen"]) == ("Do a.", "```python\ndef f(): return 0\n```")
    assert (first["chosen_tests"], first["rejected_tests"], first["test_hashes"]) == (
        "11111",
        "11000",
        ["h"] * 5,
    )
    assert "3 pairs of 2 questions" in ended.output
    assert run(files).exit_code == 0  # an earlier run's pairs may be written over


def test_options_reach_the_policy(files):
    assert run(files, "--gap-at-least", "0.7").exit_code == 0
    assert lines(files["out"]) == []
    assert run(files, "--per-question", "1", "--seed", "3", "--for", "trl").exit_code == 0
    assert [row["prompt"][0]["content"] for row in lines(files["out"])] == ["Do a.", "Do b."]


def test_acecodepair_has_the_wrapper_its_models_were_trained_with(files):
    assert run(files, "--for", "acecodepair").exit_code == 0
    row = lines(files["out"])[0]
    assert row["instruction"].endswith('markdown code block:\n```\n"""\nDo a.\nassert f()\n"""\n\n```\n')
    assert row["chosen"].endswith("passes corresponding tests:\n```python\ndef f(): return 0\n```")
    assert [each["id"] for each in lines(files["out"])] == [0, 1, 2]


def test_compressed_and_parquet_files(files, tmp_path):
    pytest.importorskip("pyarrow")
    from pyarrow import parquet

    assert run(files, "--for", "trl", out=tmp_path / "p.parquet").exit_code == 0
    table = parquet.read_table(tmp_path / "p.parquet")
    assert table.column_names == ["prompt", "chosen", "rejected", "margin"]
    assert table.column("margin").to_pylist() == [0.6, 0.4, 0.6]
    assert run(files, out=tmp_path / "p.jsonl.gz").exit_code == 0
    assert len(gzip.decompress((tmp_path / "p.jsonl.gz").read_bytes()).splitlines()) == 3
    again = run(files, out=tmp_path / "p.parquet")
    assert "exists already" in str(again.exception)


def test_files_that_do_not_belong_together_are_refused(files, tmp_path):
    swapped = lines(files["candidates"])[::-1]
    other = write(tmp_path / "other.jsonl", *swapped)
    assert "give the file of candidates that was judged" in str(run(files, candidates=other).exception)
    assert "is one of the inputs" in str(run(files, out=files["prompts"]).exception)
    mine = write(tmp_path / "mine.jsonl", {"my": "notes"})
    assert "the file is not changed" in str(run(files, out=mine).exception)
    assert lines(mine) == [{"my": "notes"}]


def test_candidates_of_which_none_can_be_used_are_an_error_not_an_empty_file(files, tmp_path):
    of_others = write(tmp_path / "of_others.jsonl", {"id": "other", "asserts": ["assert f()"]})
    message = str(run(files, suites=of_others).exception)
    assert "no row can be used; the first reason" in message
    assert "is not in the file of suites" in message


def test_a_row_that_cannot_be_used_is_reported_and_the_others_are_used(files):
    files["results"].write_text(files["results"].read_text() + "{}\n")
    write(files["prompts"], {"id": "b", "prompt": "Do b."}, {"id": "a"})
    ended = run(files)
    assert ended.exit_code == 0
    assert [row["question"] for row in lines(files["out"])] == ["b", "b"]
    assert "results.jsonl:7: not a row" in ended.output.replace("\n", "")
    message = ended.output.replace("\n", "")
    assert (
        "candidates.jsonl: 1 of 2 suites have no prompt, the first 'a'; name a file with --prompts" in message
    )


def test_acecode_rows_have_its_columns_and_rates_of_their_own(tmp_path):
    judged = [
        CandidateResult.model_validate(verdict(str(at), at, "q", signs))
        for at, signs in enumerate(["11", "10"])
    ]
    lost = CandidateResult(
        id="2", index=2, suite="q", status=Status.UNSCORABLE, reason="deadline", pass_rate=1.0
    )
    row = acecode_row(
        "oss_1", "Do it.", ["assert f()", "assert g()"], ["x = 1", "x = 2", "x = 3"], [*judged, lost],
        source="oss", model_name="m",
    )  # fmt: skip
    assert list(row) == ["id", "source", "question", "test_cases", "inferences", "context_messages"]
    assert [list(each) for each in row["inferences"]] == [
        ["model_name", "completion_id", "completion", "pass_rate"]
    ] * 2
    assert [each["pass_rate"] for each in row["inferences"]] == [1.0, 0.5]
    entries = list(read_candidates(write(tmp_path / "rows.jsonl", row)))
    assert all(isinstance(each, CandidateEntry) for each in entries)
    assert [each.candidate.completion for each in entries] == ["x = 1", "x = 2"]
