"""Questions are of their splits, repeatable, distinct, short, and can be read back into their tasks."""

import pytest

from loop.config import SmallWorldOptions
from loop.questions import Split, read_questions
from loop.world.families import FAMILIES, is_reserved
from loop.world.making import training_answers, write_questions
from loop.world.pipeline import Style
from loop.world.questions import FamilyUsedUpError, corpus, make_questions
from loop.world.reading import NotOfThisWorldError, read_task

SPLITS = {Split.TRAIN: 120, Split.HELD_OUT: 60, Split.HELD_OUT_FAMILY: 32}


@pytest.fixture(scope="module")
def made():
    return {split: make_questions(split, count, seed=3) for split, count in SPLITS.items()}


def test_there_are_as_many_questions_as_ordered_and_none_twice(made):
    programs = [one.examined.task.program(Style.STEPS) for questions in made.values() for one in questions]
    assert {split: len(questions) for split, questions in made.items()} == SPLITS
    assert len(programs) == len(set(programs))


def test_shapes_and_families_of_held_out_questions_do_not_occur_in_training(made):
    trained = [one.examined.task for one in made[Split.TRAIN]] + [one.task for one in corpus(150, seed=3)]
    shapes = {task.shape for task in trained}
    assert not any(one.examined.task.shape in shapes for one in made[Split.HELD_OUT])
    assert not any(is_reserved(task, 3) for task in trained)
    families = {one.question.family for one in made[Split.TRAIN]}
    assert not families & {one.question.family for one in made[Split.HELD_OUT_FAMILY]}
    assert {one.question.family for one in made[Split.HELD_OUT]} <= {
        family.name for family in FAMILIES if not family.is_held_out
    }


def test_building_blocks_of_held_out_families_occur_in_training():
    trained = [one.task for one in corpus(1500, seed=3)]
    blocks = {name for task in trained for name in task.shape}
    held_out = {
        name for one in make_questions(Split.HELD_OUT_FAMILY, 64, seed=3) for name in one.examined.task.shape
    }
    assert held_out <= blocks


def test_a_seed_repeats_the_questions_and_another_seed_does_not(made):
    again = make_questions(Split.HELD_OUT, 20, seed=3)
    assert [one.question for one in again] == [one.question for one in made[Split.HELD_OUT][:20]]
    other = make_questions(Split.HELD_OUT, 20, seed=4)
    assert {one.question.text for one in other} != {one.question.text for one in again}


def test_a_text_has_the_signature_then_sentences_that_say_what_is_returned(made):
    for questions in made.values():
        for one in questions:
            signature, _, description = one.question.text.partition("\n")
            assert signature.startswith("def solve(")
            assert "\n" not in description
            assert " Return " in description
            assert 8 <= len(one.question.tests) <= 12


def test_a_text_is_read_back_into_its_task(made):
    for questions in made.values():
        for one in questions:
            assert read_task(one.question.text) == one.examined.task


@pytest.mark.parametrize(
    "text", ["", "Say ok.", "def solve(n: int) -> int\nTake the moon. Return their sum."]
)
def test_another_text_is_no_task(text):
    with pytest.raises(NotOfThisWorldError):
        read_task(text)


def test_more_questions_than_there_are_is_an_error(monkeypatch):
    monkeypatch.setattr(
        "loop.world.questions.FAMILIES", [one for one in FAMILIES if one.name == "products, value"]
    )
    with pytest.raises(FamilyUsedUpError, match="different questions of the split train, not 500"):
        make_questions(Split.TRAIN, 500, seed=0)


def test_a_file_of_questions_is_read_as_it_was_written(tmp_path):
    options = SmallWorldOptions(train_questions=5, held_out_questions=4, held_out_family_questions=3)
    written = write_questions(tmp_path / "questions.jsonl", options, seed=0)
    assert read_questions(tmp_path / "questions.jsonl") == written
    assert [one.split for one in written] == ["train"] * 5 + ["held_out"] * 4 + ["held_out_family"] * 3


def test_training_answers_are_three_a_task_and_repeatable():
    answers = training_answers(20, 0.65, seed=0)
    assert len(answers) == 60
    assert answers == training_answers(20, 0.65, seed=0)
    assert len({question for question, _ in answers}) <= 20
