"""The examples that people copy run as they are, and print what their pages say."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from services.executor.local.stack import LocalStack
from tests.support.rm_process import free_port

ROOT = Path(__file__).parents[2]


def run(stack, name, *arguments):
    ended = subprocess.run(
        [sys.executable, str(ROOT / "examples" / name), *map(str, arguments)],
        env={**os.environ, "ACECODER_URL": stack.url, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout.splitlines()


def test_a_folder_of_programs_and_completions_is_judged(stack, tmp_path):
    for name, text in (
        ("right.py", "def double(x): return x + x\n"),
        ("wrong.py", "def double(x): return x * 3\n"),
        ("answer.md", "Here:\n```python\ndef double(x): return x * 2\n```\n"),
        ("nul.py", "a\0b"),
        ("notes.json", "{}"),
    ):
        (tmp_path / name).write_text(text)
    suite = tmp_path / "suite.json"
    suite.write_text('{"id": "double", "asserts": ["assert double(2) == 4", "assert double(3) == 6"]}')
    assert run(stack, "judge_folder.py", tmp_path, suite) == [
        "1.00  answer.md",
        "1.00  right.py",
        "   -  nul.py: invalid_input: program: holds a NUL character; remove it",
        "0.00  wrong.py  assert double(2) == 4: returned 6",
    ]


def test_three_rules_pick_as_the_example_says(stack):
    picked = {line.split(":")[0]: line.split(";")[0] for line in run(stack, "best_of_three_rules.py")}
    assert picked["pass_rate"] == "pass_rate: answer 0", "the tests and the answer share a mistake"
    right = {f"answer {number}" for number in (1, 2, 3)}
    assert {picked[rule].partition(": ")[2] for rule in ("majority", "consensus")} <= right


def test_a_suite_of_ones_own_is_judged_in_an_environment_of_ones_own():
    """The environment is the package that the tests' own Python has; `acecoder environment add` has tests of its own."""
    pytest.importorskip("networkx")
    environments = '{"base": {}, "graphs": {"modules": ["networkx"]}}'
    with LocalStack(workers=1, settings={"EXECUTOR_ENVIRONMENTS": environments}) as stack:
        assert run(stack, "own_suite_and_environment.py") == [
            "by the library: 1.0  passed passed passed passed",
            "by hand: 1.0  passed passed passed passed",
            "ends only: 0.25  passed wrong_answer wrong_answer wrong_answer",
        ]


def test_pairs_train_a_reward_model_that_picks_answers(stack, tmp_path):
    pytest.importorskip("torch")
    lines = run(stack, "pairs_to_best_of_n.py", tmp_path / "out", "--port", free_port())
    assert lines[0].startswith("4 pairs of 3 questions")
    scores = ast.literal_eval(next(line for line in lines if line.startswith("scores:")).partition(" ")[2])
    best = max(range(3), key=lambda at: scores[at])
    assert f"by the reward model: answer {best};" in lines[-2]
    assert re.match(r"by tests, then the model: answer [12];", lines[-1]), "answer 0 passes no test"


@pytest.mark.timeout(600)  # as in tests/compat: importing TRL takes minutes on a busy machine
def test_a_policy_is_trained_on_our_rewards(stack, tmp_path):
    pytest.importorskip("trl", reason="TRL is not installed; `make compat-a` installs it, and runs this test")
    lines = run(stack, "trl_grpo.py", "--output", tmp_path)
    assert sum(line.startswith("step ") for line in lines) == 2


def test_the_notebook_prints_what_it_shows(stack):
    run(stack, "run_notebook.py", ROOT / "examples" / "first_hour.ipynb", "--check")


def test_the_check_of_a_notebook_finds_other_output(tmp_path, stack):
    cell = {"cell_type": "code", "source": ["print(1)"], "outputs": [{"text": ["2\n"]}]}
    notebook = tmp_path / "n.ipynb"
    notebook.write_text(json.dumps({"cells": [cell]}))
    with pytest.raises(AssertionError):
        run(stack, "run_notebook.py", notebook, "--check")
    run(stack, "run_notebook.py", notebook)
    run(stack, "run_notebook.py", notebook, "--check")
