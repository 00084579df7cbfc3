"""Questions of the user's own: what is wrong with a file is said by line and field, all at once."""

import pytest

from loop.questions import LoopQuestion, find_missing, read_questions
from tests.support.scripted_models import questions

LINES = [question.model_dump_json() for question in questions(train=1, held_out=1)]


def test_blank_lines_and_odd_separators_inside_a_text_do_no_harm(tmp_path):
    path = tmp_path / "q.jsonl"
    odd = questions(1, 0)[0].model_copy(update={"id": "odd", "text": "a\u2028b\x0cc"})
    path.write_text("\n".join([LINES[0], "", odd.model_dump_json(), "\n"]), encoding="utf-8")
    assert [question.id for question in read_questions(path)] == ["q0", "odd"]


def test_every_wrong_line_is_named(tmp_path):
    path = tmp_path / "q.jsonl"
    path.write_text("\n".join([LINES[0], "{", LINES[1].replace('"held_out"', '"test"'), LINES[0]]))
    with pytest.raises(
        ValueError, match=r"line 2: .*; line 3: split: .*; 2 questions have the id 'q0'"
    ) as raised:
        read_questions(path)
    assert str(path) in str(raised.value)


def test_many_faults_are_counted(tmp_path):
    path = tmp_path / "q.jsonl"
    path.write_text("{}\n" * 30)
    with pytest.raises(ValueError, match=r"and \d+ more$"):
        read_questions(path)


def test_a_training_question_needs_no_tests_and_a_held_out_one_does():
    train, held_out = questions(train=1, held_out=1)
    bare = LoopQuestion.model_validate_json(train.model_dump_json(exclude={"tests"}))
    assert find_missing([bare, held_out]) == []
    assert find_missing([bare]) == [
        "no question has the split 'held_out' or 'held_out_family'; add some, they measure"
    ]
    (fault,) = find_missing([train, held_out.model_copy(update={"tests": []})])
    assert fault == "held-out questions without tests: q1; add true tests"
    assert "split 'train'" in find_missing([held_out])[0]
