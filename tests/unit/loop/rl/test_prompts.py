"""Rows for TRL out of the files that ``acecoder synth run`` writes."""

import gzip
import json

import pytest

from clients.testspecs import suite_from
from loop.rl.prompts import read_prompts

ASSERTS = ["assert f(1) == 2"]


@pytest.fixture
def dataset(tmp_path):
    suite = {"id": "s", "asserts": ASSERTS, "setup": "import math"}
    write(
        tmp_path / "suites.jsonl.gz",
        *({"id": f"q{at}", "prompt": f"Q{at}", "suite": suite} for at in range(8)),
    )
    write(
        tmp_path / "canaries.jsonl.gz",
        {"id": "q0:canary", "prompt": "Q0", "suite": suite, "canary": True, "canary_test": 0},
    )
    rates = [(0.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.5, 0.25)]
    write(
        tmp_path / "acecode.jsonl.gz",
        *(
            {"id": f"q{at}", "inferences": [{"pass_rate": rate} for rate in two]}
            for at, two in enumerate(rates)
        ),
    )
    return tmp_path


def write(path, *rows):
    with gzip.open(path, "wt") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def test_a_row_has_what_the_adapters_read(dataset):
    row = read_prompts(dataset)[2]
    assert row["prompt"] == [{"role": "user", "content": "Q2"}]
    suite = suite_from(row["ground_truth"])
    assert suite.asserts == ASSERTS
    assert (row["canary"], row["canary_test"]) == (False, None)


@pytest.mark.parametrize(("share", "canaries"), [(0.0, 0), (0.01, 1), (0.2, 2), (0.5, 8)])
def test_canaries_are_repeated_until_they_have_their_share(dataset, share, canaries):
    rows = read_prompts(dataset, canary_share=share)
    assert sum(row["canary"] for row in rows) == canaries
    assert len(rows) == 8 + canaries


def test_questions_that_all_programs_pass_or_fail_are_left_out_if_asked(dataset):
    assert [row["question"] for row in read_prompts(dataset, mixed_only=True)] == ["q2", "q3"]


def test_what_is_missing_is_named(dataset):
    write(dataset / "canaries.jsonl.gz")
    with pytest.raises(ValueError, match=r"set rl\.canary_share to 0"):
        read_prompts(dataset, canary_share=0.01)
    write(dataset / "suites.jsonl.gz")
    with pytest.raises(ValueError, match="no questions to train on"):
        read_prompts(dataset)
