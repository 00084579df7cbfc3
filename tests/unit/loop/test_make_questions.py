"""Problems of public benchmarks become questions of a loop; what cannot be one is left out with a reason."""

import gzip
import json
import sys

import pytest

from examples.loop import make_questions
from loop.questions import find_missing, read_questions

CHECK = """
METADATA = {}

def check(candidate):
    '''Checks.'''
    assert candidate([1, 2]) == 3, "sum"
    assert candidate([]) == 0
    assert True
"""
HUMANEVAL = {
    "task_id": "H/0", "prompt": "def add(xs):\n    '''Sum.'''\n", "canonical_solution": "    return sum(xs)\n",
    "entry_point": "add", "test": CHECK,
}  # fmt: skip
MBPP = {
    "task_id": 7, "text": "Double a number.", "code": "def twice(x):\n  return 2 * x",
    "test_list": ["assert twice(1) == 2", "assert twice(3) == 6"],
}  # fmt: skip
LOOPS = HUMANEVAL | {
    "test": "def check(candidate):\n    for x in range(3):\n        assert candidate([x]) == x\n"
}


def test_asserts_call_the_function_by_its_name():
    (question,) = [make_questions.question_of(HUMANEVAL, make_questions.Split.TRAIN)]
    assert question.tests == ["assert add([1, 2]) == 3, 'sum'", "assert add([]) == 0"]
    names: dict[str, object] = {}
    exec(question.program, names)
    for test in question.tests:
        exec(test, names)
    assert "'''Sum.'''" in question.text


def test_a_test_that_the_question_shows_does_not_measure():
    question = make_questions.question_of(MBPP, make_questions.Split.HELD_OUT)
    assert (question.id, question.entry_point) == ("7", "twice")
    assert "assert twice(1) == 2" in question.text
    assert question.tests == ["assert twice(3) == 6"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (LOOPS, "no list of asserts"),
        ({"a": 1}, "neither"),
        (HUMANEVAL | {"test": "x = 1"}, "no function 'check'"),
    ],
)
def test_what_is_no_question_says_why(row, reason):
    with pytest.raises(ValueError, match=reason):
        make_questions.question_of(row, make_questions.Split.TRAIN)


def test_the_command_writes_a_file_that_a_loop_can_read(tmp_path, monkeypatch, capsys):
    rows = [HUMANEVAL, LOOPS, MBPP, HUMANEVAL | {"task_id": "H/2"}, HUMANEVAL | {"task_id": "H/4"}]
    with gzip.open(tmp_path / "problems.jsonl.gz", "wt") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    out = tmp_path / "questions.jsonl"
    command = ["x", str(tmp_path / "problems.jsonl.gz"), "-o", str(out), "--train", "2", "--held-out", "1"]
    monkeypatch.setattr(sys, "argv", command)
    make_questions.main()
    questions = read_questions(out)
    assert [(one.id, one.split) for one in questions] == [
        ("H/0", "train"),
        ("7", "train"),
        ("H/2", "held_out"),
    ]
    assert find_missing(questions) == []
    printed = capsys.readouterr().out
    assert "line 2 is left out: its function 'check' is no list of asserts" in printed
    assert "wrote 2 training and 1 held-out questions" in printed
