"""EvalPlus: what `acecoder evaluate` writes beside the samples is its own results file, and says what it would say."""

import json
import os
import re
import subprocess
import sys

import pytest

PROBLEMS = {
    "double": ("return x + x", [[1], [4]], [["ab"], [[1]]]),
    "grow": ("return x + 1", [[1], [2]], [[-1], [0]]),
    "last": ("return xs[-1]", [[[1, 2]]], [[[7]], ["ab"]]),
}
BODIES = {
    "double": ["return x + x", "return x * 2 if isinstance(x, int) else None", "return 4", "return x +"],
    "grow": ["return x + 1", "return abs(x) + 1", "while True: pass", "return x - 1"],
    "last": ["return xs[-1]", "return xs[1]", "return xs[len(xs) - 1]", "raise ValueError"],
}
"""Of each: one that is right by base and plus tests first; some that are right by the base tests alone."""


def prompt(name):
    return f"def {name}({'xs' if name == 'last' else 'x'}):\n"


def rows(path, each):
    path.write_text("".join(json.dumps(row) + "\n" for row in each))
    return path


@pytest.fixture
def files(tmp_path):
    """Three problems in EvalPlus's shape, and four samples of each."""
    problems = [
        {"task_id": f"HumanEval/{at}", "prompt": prompt(name), "entry_point": name, "canonical_solution": f"    {right}\n",
         "base_input": base, "plus_input": plus, "atol": 0, "contract": "", "test": ""}
        for at, (name, (right, base, plus)) in enumerate(PROBLEMS.items())
    ]  # fmt: skip
    samples = [
        {"task_id": f"HumanEval/{at}", "solution": f"{prompt(name)}    {body}\n"}
        for at, (name, bodies) in enumerate(BODIES.items())
        for body in bodies
    ]
    return rows(tmp_path / "problems.jsonl", problems), rows(tmp_path / "given.jsonl", samples)


def run(*command, **environment):
    told = subprocess.run(
        [sys.executable, *map(str, command)],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )
    assert told.returncode == 0, told.stderr
    return told.stdout


def own_numbers(problems, samples):
    said = run(
        "-m", "evalplus.evaluate", "--dataset", "humaneval", "--samples", samples,
        HUMANEVAL_OVERRIDE_PATH=str(problems), XDG_CACHE_HOME=str(problems.parent / "cache"),
    )  # fmt: skip
    return said, re.findall(r"pass@1:\s*([\d.]+)", said)


def statuses(path):
    """By task. EvalPlus's alarm ends an endless program by an exception, so that it says "fail" where we say why."""
    found = json.loads(path.read_text().replace('"timeout"', '"fail"'))["eval"]
    return {task: [(row["base_status"], row["plus_status"]) for row in rows] for task, rows in found.items()}


def test_it_reads_our_results_and_finds_what_it_finds_itself(needs, service, files, tmp_path):
    needs("evalplus")
    problems, given = files
    run(
        "-c",
        "from clients.cli.entry import main; main()",
        "evaluate",
        problems,
        given,
        "-o",
        tmp_path / "eval",
        "--url",
        service.url,
    )
    ours = tmp_path / "eval" / "samples.jsonl"
    said, by_our_file = own_numbers(problems, ours)
    assert "Load from previous results" in said
    alone = tmp_path / "alone.jsonl"
    alone.write_text(ours.read_text())
    said, by_itself = own_numbers(problems, alone)
    assert "Load from previous results" not in said
    assert by_our_file == by_itself == ["0.583", "0.333"]
    assert statuses(tmp_path / "eval" / "samples_eval_results.json") == statuses(
        tmp_path / "alone_eval_results.json"
    )
