"""Rows of every form become questions; a row that cannot be used is reported and counted, and the others are read."""

import gzip
import json
from collections import Counter

import pytest

from clients.pairs import PairForm, row_of
from services.rm.training.questions import AnswerPair, Dropped, is_held_out, split_questions
from tests.unit.rm.training.conftest import preference_pair, read_rows, write_rows


@pytest.mark.parametrize("form", PairForm)
def test_every_form_gives_the_same_questions(tmp_path, form):
    pairs = [
        preference_pair("a", "b", margin=0.5),
        preference_pair("a", "c", margin=0.75),
        preference_pair("x", "y", "r", "other", margin=1.0),
    ]
    rows = [row_of(pair, form, at) for at, pair in enumerate(pairs)]
    questions, bad, _ = read_rows(write_rows(tmp_path / "p.jsonl", rows))
    assert not bad
    assert [question.prompt for question in questions] == ["p", "other"]
    assert questions[0].answers == ["a", "b", "c"]
    has_gaps = form not in (PairForm.LLAMAFACTORY, PairForm.ACECODEPAIR)
    assert questions[0].pairs == [
        AnswerPair(0, 1, 0.5 if has_gaps else None),
        AnswerPair(0, 2, 0.75 if has_gaps else None),
    ]
    assert questions[1].answers == ["x", "y"]


def test_gz_and_parquet(tmp_path):
    import pyarrow
    from pyarrow import parquet

    row = row_of(preference_pair("a", "b"), PairForm.TRL, 0)
    zipped, table = tmp_path / "p.jsonl.gz", tmp_path / "p.parquet"
    zipped.write_bytes(gzip.compress(json.dumps(row).encode()))
    parquet.write_table(pyarrow.Table.from_pylist([row]), table)
    questions, bad, _ = read_rows(zipped, table)
    assert not bad
    assert len(questions) == 1, "the same prompt without an id is one question"
    assert questions[0].answers == ["a", "b"]
    assert len(questions[0].pairs) == 2


def test_rates_come_with_the_answers_and_make_the_gap(tmp_path):
    rows = [
        preference_pair("a", "b", chosen_rate=1.0, rejected_rate=0.25).model_dump(),
        preference_pair("a", "c").model_dump(),
        preference_pair("c", "b", chosen_rate=0.75).model_dump(),
    ]
    (question,), _, _ = read_rows(write_rows(tmp_path / "p.jsonl", rows))
    assert question.rates == [1.0, 0.25, 0.75]
    assert [pair.gap for pair in question.pairs] == [0.75, None, None]


def test_a_bad_row_is_reported_with_its_line_and_the_others_are_read(tmp_path):
    good = row_of(preference_pair("a", "b"), PairForm.TRL, 0)
    rows = ["{broken\n", good, {"prompt": "p", "chosen": "a"}, '"text"\n', {**good, "chosen": [{}, {}]}]
    questions, bad, dropped = read_rows(write_rows(tmp_path / "p.jsonl", rows))
    assert len(questions) == 1
    assert [row.line for row in bad] == [1, 3, 4, 5]
    assert "'rejected' missing" in bad[1].reason
    assert dropped[Dropped.BAD_ROW] == 4


def test_a_file_without_any_pair_is_an_error_that_says_why(tmp_path):
    with pytest.raises(ValueError, match=r"holds no preference pair; the first reason: .*:1: .*missing"):
        read_rows(write_rows(tmp_path / "p.jsonl", [{"prompt": "p"}]))
    with pytest.raises(ValueError, match=r"holds no preference pair$"):
        read_rows(write_rows(tmp_path / "p.jsonl", []))


def test_the_split_is_of_questions_and_the_same_everywhere(tmp_path):
    rows = [
        preference_pair(f"a{at}", f"b{at}", f"q{at % 40}", f"prompt {at % 40}").model_dump()
        for at in range(200)
    ]
    questions, _, _ = read_rows(write_rows(tmp_path / "p.jsonl", rows))
    reversed_questions, _, _ = read_rows(write_rows(tmp_path / "r.jsonl", rows[::-1]))
    parts = [split_questions(part, 0.25, 7, Counter()) for part in (questions, reversed_questions)]
    held = [{question.id for question in part[1]} for part in parts]
    assert held[0] == held[1]
    assert 4 <= len(held[0]) <= 16, "about a quarter of forty"
    assert not held[0] & {question.id for question in parts[0][0]}
    assert held[0] != {question.id for question in split_questions(questions, 0.25, 8, Counter())[1]}


def test_a_prompt_that_is_trained_on_is_not_held_out(tmp_path):
    ids = [f"q{n}" for n in range(40)]
    rows = [preference_pair("a", "b", question_id, "the same").model_dump() for question_id in ids]
    questions, _, _ = read_rows(write_rows(tmp_path / "p.jsonl", rows))
    dropped = Counter()
    with pytest.raises(ValueError, match="held-out share"):
        split_questions(questions, 0.25, 0, dropped)
    assert dropped[Dropped.SEEN_PROMPT] == sum(is_held_out(question_id, 0.25, 0) for question_id in ids) > 0


def test_nothing_to_train_on_is_an_error(tmp_path):
    questions, _, _ = read_rows(write_rows(tmp_path / "p.jsonl", [preference_pair("a", "b").model_dump()]))
    with pytest.raises(ValueError, match="no question is left"):
        split_questions(questions, 0.999999, 0, Counter())
    assert split_questions(questions, 0.0, 0, Counter()) == (questions, [])
