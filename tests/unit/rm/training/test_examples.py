"""Questions become tokens: equal answers are one, and answers that are too long or cannot be written are dropped."""

from collections import Counter

from clients.contract.scoring import Truncation
from services.rm.tokens.formats import Writer
from services.rm.training.examples import TokenLimits, make_examples
from services.rm.training.questions import Dropped
from tests.compat import tiny
from tests.unit.rm.training.conftest import preference_pair, read_rows, write_rows

LIMITS = TokenLimits(longest=200, vocabulary=258)


def encode(questions, limits=LIMITS, form="chat"):
    bad, dropped = [], Counter()
    examples = list(make_examples(questions, Writer(tiny.tokenizer(), form), limits, bad.append, dropped))
    return examples, bad, {name: count for name, count in dropped.items() if count}


def test_answers_of_the_same_tokens_are_one_and_contradictions_are_dropped(tmp_path):
    pairs = [
        preference_pair("a", "b", margin=0.5), preference_pair("a", "b", margin=0.5), preference_pair("c", "d"), preference_pair("d", "c"), preference_pair("e", "e"),
        preference_pair("a", "d", margin=1.0), preference_pair(" ", "b"),
    ]  # fmt: skip
    questions, _, _ = read_rows(write_rows(tmp_path / "p.jsonl", [pair.model_dump() for pair in pairs]))
    (example,), bad, dropped = encode(questions)
    answers = tiny.tokenizer().convert_ids_to_tokens([answer for _, _, answer, _ in example.ids()])
    assert answers == ["a", "b", "d"], "c is only in pairs that contradict each other"
    assert [(pair.chosen, pair.rejected, pair.gap) for pair in example.pairs] == [(0, 1, 0.5), (0, 2, 1.0)]
    assert dropped == {
        Dropped.REPEATED: 1,
        Dropped.CONTRADICTED: 2,
        Dropped.SAME_ANSWER: 1,
        Dropped.UNWRITABLE: 1,
        Dropped.WITHOUT_ANSWER: 1,
    }
    assert "candidate is empty" in bad[0].reason


def test_what_is_computed_counts_the_prompt_once(tmp_path):
    questions, _, _ = read_rows(
        write_rows(tmp_path / "p.jsonl", [preference_pair("a", "b", prompt="x" * 50).model_dump()])
    )
    (example,), _, _ = encode(questions)
    # Prompt, its end, and for each answer its letter and its end.
    assert example.tokens == 51 + 2 * 2


def test_long_answers_are_dropped_or_shortened_in_the_middle(tmp_path):
    rows = [
        preference_pair("a" * 300 + "!", "b").model_dump(),
        preference_pair("c", "d", "r", "other").model_dump(),
    ]
    questions, _, _ = read_rows(write_rows(tmp_path / "p.jsonl", rows))
    examples, bad, dropped = encode(questions)
    assert [example.question for example in examples] == ["r"]
    assert dropped == {Dropped.TOO_LONG: 1, Dropped.WITHOUT_ANSWER: 1, Dropped.NO_PAIR: 1}
    assert not bad, "too long answers are counted and not reported one by one"
    examples, _, dropped = encode(questions, TokenLimits(200, 258, Truncation.MIDDLE))
    assert not dropped
    cut = examples[0].ids()[0]
    exclamation = tiny.tokenizer().convert_tokens_to_ids("!")
    assert len(cut) == 200
    assert cut[-2:] == (exclamation, 256), "the end is what is scored"


def test_tokens_that_the_model_lacks(tmp_path):
    questions, _, _ = read_rows(write_rows(tmp_path / "p.jsonl", [preference_pair("a", "b").model_dump()]))
    examples, bad, dropped = encode(questions, TokenLimits(200, 256))
    assert not examples
    assert dropped[Dropped.UNWRITABLE] == 2
    assert "token id 256" in bad[0].reason
