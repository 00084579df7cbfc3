"""Makes what a world needs on disk: its questions, and the answers that its policies are trained on."""

import random
from collections.abc import Iterator
from pathlib import Path

from loop.config import SmallWorldOptions
from loop.questions import LoopQuestion, Split
from loop.world.answers import answers
from loop.world.questions import corpus, make_questions

ANSWERS_PER_TASK = 3
"""Answers to one task of supervised training: right and wrong ones side by side show where they differ."""


def questions_of(options: SmallWorldOptions, seed: int) -> Iterator[LoopQuestion]:
    """Yield all questions of a world."""
    counts = {
        Split.TRAIN: options.train_questions,
        Split.HELD_OUT: options.held_out_questions,
        Split.HELD_OUT_FAMILY: options.held_out_family_questions,
    }
    for split, count in counts.items():
        for made in make_questions(split, count, seed):
            yield made.question


def write_questions(path: Path, options: SmallWorldOptions, seed: int) -> list[LoopQuestion]:
    """Write the questions of a world, one per line, and return them."""
    questions = list(questions_of(options, seed))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{question.model_dump_json()}\n" for question in questions), encoding="utf-8")
    return questions


def training_answers(tasks: int, wrong_share: float, seed: int) -> list[tuple[str, str]]:
    """Return questions with answers for supervised training, of as many tasks; wrong with the given probability."""
    chance = random.Random(f"{seed}/answers/{wrong_share}")  # noqa: S311 - not for secrets
    return [
        pair
        for examined in corpus(tasks, seed)
        for pair in answers(examined, ANSWERS_PER_TASK, wrong_share, chance)
    ]
