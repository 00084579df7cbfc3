"""Rows of every form become questions; what cannot be used is told, counted, and costs only itself."""

import gzip
import json
from collections import Counter

import pytest

from clients.contract import PreferencePair
from clients.contract.scoring import Truncation
from clients.pairs import PairForm, row_of
from services.rm.tokens.formats import Writer
from services.rm.training.examples import TokenLimits, make_examples
from services.rm.training.questions import AnswerPair, Dropped, is_held_out, read_pair_files, split_questions
from tests.compat import tiny

LIMITS = TokenLimits(longest=200, vocabulary=258)


def pair(chosen, rejected, question="q", prompt="p", **more):
    return PreferencePair(question=question, prompt=prompt, chosen=chosen, rejected=rejected, **more)


def saved(path, rows):
    path.write_text("".join(row if isinstance(row, str) else json.dumps(row) + "\n" for row in rows))
    return path


def read(*paths):
    bad, dropped = [], Counter()
    return read_pair_files(paths, bad.append, dropped), bad, dropped


def encode(questions, limits=LIMITS, form="chat"):
    bad, dropped = [], Counter()
    made = list(make_examples(questions, Writer(tiny.tokenizer(), form), limits, bad.append, dropped))
    return made, bad, {name: count for name, count in dropped.items() if count}


@pytest.mark.parametrize("form", PairForm)
def test_every_form_gives_the_same_questions(tmp_path, form):
    pairs = [
        pair("a", "b", margin=0.5),
        pair("a", "c", margin=0.75),
        pair("x", "y", "r", "other", margin=1.0),
    ]
    rows = [row_of(each, form, at) for at, each in enumerate(pairs)]
    found, bad, _ = read(saved(tmp_path / "p.jsonl", rows))
    assert not bad
    assert [each.prompt for each in found] == ["p", "other"]
    assert found[0].answers == ["a", "b", "c"]
    knows = form not in (PairForm.LLAMAFACTORY, PairForm.ACECODEPAIR)
    assert found[0].pairs == [
        AnswerPair(0, 1, 0.5 if knows else None),
        AnswerPair(0, 2, 0.75 if knows else None),
    ]
    assert found[1].answers == ["x", "y"]


def test_gz_and_parquet(tmp_path):
    import pyarrow
    from pyarrow import parquet

    row = row_of(pair("a", "b"), PairForm.TRL, 0)
    zipped, table = tmp_path / "p.jsonl.gz", tmp_path / "p.parquet"
    zipped.write_bytes(gzip.compress(json.dumps(row).encode()))
    parquet.write_table(pyarrow.Table.from_pylist([row]), table)
    found, bad, _ = read(zipped, table)
    assert not bad
    assert len(found) == 1, "the same prompt without an id is one question"
    assert found[0].answers == ["a", "b"]
    assert len(found[0].pairs) == 2


def test_rates_come_with_the_answers_and_make_the_gap(tmp_path):
    rows = [
        pair("a", "b", chosen_rate=1.0, rejected_rate=0.25).model_dump(),
        pair("a", "c").model_dump(),
        pair("c", "b", chosen_rate=0.75).model_dump(),
    ]
    (found,), _, _ = read(saved(tmp_path / "p.jsonl", rows))
    assert found.rates == [1.0, 0.25, 0.75]
    assert [each.gap for each in found.pairs] == [0.75, None, None]


def test_a_bad_row_is_told_with_its_line_and_costs_itself(tmp_path):
    good = row_of(pair("a", "b"), PairForm.TRL, 0)
    rows = ["{broken\n", good, {"prompt": "p", "chosen": "a"}, '"text"\n', {**good, "chosen": [{}, {}]}]
    found, bad, dropped = read(saved(tmp_path / "p.jsonl", rows))
    assert len(found) == 1
    assert [row.line for row in bad] == [1, 3, 4, 5]
    assert "'rejected' missing" in bad[1].reason
    assert dropped[Dropped.BAD_ROW] == 4


def test_a_file_without_any_pair_is_an_error_that_says_why(tmp_path):
    with pytest.raises(ValueError, match=r"holds no preference pair; the first reason: .*:1: .*missing"):
        read(saved(tmp_path / "p.jsonl", [{"prompt": "p"}]))
    with pytest.raises(ValueError, match=r"holds no preference pair$"):
        read(saved(tmp_path / "p.jsonl", []))


def test_answers_of_the_same_tokens_are_one_and_contradictions_are_dropped(tmp_path):
    pairs = [
        pair("a", "b", margin=0.5), pair("a", "b", margin=0.5), pair("c", "d"), pair("d", "c"), pair("e", "e"),
        pair("a", "d", margin=1.0), pair(" ", "b"),
    ]  # fmt: skip
    found, _, _ = read(saved(tmp_path / "p.jsonl", [each.model_dump() for each in pairs]))
    (made,), bad, dropped = encode(found)
    assert [bytes(each).decode() if max(each) < 256 else len(each) for each in made.ids()]
    assert len(made.sequences) == 3, "c is only in pairs that contradict each other"
    assert [(each.chosen, each.rejected, each.gap) for each in made.pairs] == [(0, 1, 0.5), (0, 2, 1.0)]
    assert dropped == {
        Dropped.REPEATED: 1,
        Dropped.CONTRADICTED: 2,
        Dropped.SAME_ANSWER: 1,
        Dropped.UNWRITABLE: 1,
        Dropped.WITHOUT_ANSWER: 1,
    }
    assert "candidate is empty" in bad[0].reason


def test_what_is_computed_counts_the_prompt_once(tmp_path):
    found, _, _ = read(saved(tmp_path / "p.jsonl", [pair("a", "b", prompt="x" * 50).model_dump()]))
    (made,), _, _ = encode(found)
    # Prompt, its end, and for each answer its letter and its end.
    assert made.tokens == 51 + 2 * 2


def test_long_answers_are_dropped_or_shortened_in_the_middle(tmp_path):
    rows = [pair("a" * 300 + "!", "b").model_dump(), pair("c", "d", "r", "other").model_dump()]
    found, _, _ = read(saved(tmp_path / "p.jsonl", rows))
    made, bad, dropped = encode(found)
    assert [each.question for each in made] == ["r"]
    assert dropped == {Dropped.TOO_LONG: 1, Dropped.WITHOUT_ANSWER: 1, Dropped.NO_PAIR: 1}
    assert not bad, "lengths are counted, not told one by one"
    made, _, dropped = encode(found, TokenLimits(200, 258, Truncation.MIDDLE))
    assert not dropped
    cut = made[0].ids()[0]
    exclamation = tiny.tokenizer().convert_tokens_to_ids("!")
    assert len(cut) == 200
    assert cut[-2:] == (exclamation, 256), "the end is what is scored"


def test_tokens_that_the_model_lacks(tmp_path):
    found, _, _ = read(saved(tmp_path / "p.jsonl", [pair("a", "b").model_dump()]))
    made, bad, dropped = encode(found, TokenLimits(200, 256))
    assert not made
    assert dropped[Dropped.UNWRITABLE] == 2
    assert "token id 256" in bad[0].reason


def test_the_split_is_of_questions_and_the_same_everywhere(tmp_path):
    rows = [pair(f"a{at}", f"b{at}", f"q{at % 40}", f"prompt {at % 40}").model_dump() for at in range(200)]
    found, _, _ = read(saved(tmp_path / "p.jsonl", rows))
    again, _, _ = read(saved(tmp_path / "r.jsonl", rows[::-1]))
    parts = [split_questions(each, 0.25, 7, Counter()) for each in (found, again)]
    held = [{question.id for question in part[1]} for part in parts]
    assert held[0] == held[1]
    assert 4 <= len(held[0]) <= 16, "about a quarter of forty"
    assert not held[0] & {question.id for question in parts[0][0]}
    assert held[0] != {question.id for question in split_questions(found, 0.25, 8, Counter())[1]}


def test_a_prompt_that_is_trained_on_is_not_held_out(tmp_path):
    ids = [f"q{n}" for n in range(40)]
    rows = [pair("a", "b", own, "the same").model_dump() for own in ids]
    found, _, _ = read(saved(tmp_path / "p.jsonl", rows))
    dropped = Counter()
    with pytest.raises(ValueError, match="held-out share"):
        split_questions(found, 0.25, 0, dropped)
    assert dropped[Dropped.SEEN_PROMPT] == sum(is_held_out(own, 0.25, 0) for own in ids) > 0


def test_nothing_to_train_on_is_an_error(tmp_path):
    found, _, _ = read(saved(tmp_path / "p.jsonl", [pair("a", "b").model_dump()]))
    with pytest.raises(ValueError, match="no question is left"):
        split_questions(found, 0.999999, 0, Counter())
    assert split_questions(found, 0.0, 0, Counter()) == (found, [])
