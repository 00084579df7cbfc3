"""The examples that people copy run as they are, and print what their pages say."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run(stack, name, *arguments):
    ended = subprocess.run(
        [sys.executable, str(ROOT / "examples" / name), *map(str, arguments)],
        env={**os.environ, "ACECODER_URL": stack.url, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
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
        "0.00  wrong.py  returned 6",
    ]


def test_three_rules_pick_as_the_example_says(stack):
    picked = {line.split(":")[0]: line.split(";")[0] for line in run(stack, "best_of_three_rules.py")}
    assert picked["pass_rate"] == "pass_rate: answer 0", "the tests and the answer share a mistake"
    right = {f"answer {number}" for number in (1, 2, 3)}
    assert {picked[rule].partition(": ")[2] for rule in ("majority", "consensus")} <= right
