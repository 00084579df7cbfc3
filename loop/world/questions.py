"""Makes the questions of a world: training, held out, and of held-out families; and the tasks of supervised training.

All are drawn from one seed. No shape (building blocks without constants) of a held-out question occurs in training, and
no family of a held-out family's.
"""

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from loop.questions import LoopQuestion, Split
from loop.world.answers import program_of
from loop.world.families import FAMILIES, Family, draw, is_reserved
from loop.world.pipeline import ENTRY_POINT, Pipeline, Style
from loop.world.suites import Examined, assert_of, choose_inputs, examine

TRUE_TESTS = 12
"""Tests of a question."""
CORPUS_POOL = 16
"""Inputs that a task of supervised training is run on: enough to see whether a mistake shows."""
MOST_DRAWS = 1000
"""Draws for one question, before its families count as used up."""


@dataclass(frozen=True, slots=True)
class WorldQuestion:
    """A question with the task that it was made of."""

    question: LoopQuestion
    examined: Examined


class FamilyUsedUpError(ValueError):
    """There are not as many different questions as were asked for."""


def make_questions(split: Split, count: int, seed: int) -> list[WorldQuestion]:
    """Return different questions of a split, with as many of each family as of the others.

    Raises:
        FamilyUsedUpError: there are fewer.
    """
    chance = random.Random(f"{seed}/{split}")  # noqa: S311 - not for secrets
    drawn = list(itertools.islice(_draws(split, seed, chance), count))
    if len(drawn) < count:
        raise FamilyUsedUpError(
            f"there are {len(drawn)} different questions of the split {split}, not {count}"
        )
    return [
        _question(split, number, family, examined, random.Random(f"{seed}/{split}/{number}"))  # noqa: S311
        for number, (family, examined) in enumerate(drawn)
    ]


def corpus(count: int, seed: int) -> Iterator[Examined]:
    """Yield tasks of training families and shapes for supervised training; they may be training questions too."""
    chance = random.Random(f"{seed}/corpus")  # noqa: S311
    families = _families(Split.TRAIN)
    while count > 0:
        task = draw(chance.choice(families), chance)
        if not is_reserved(task, seed) and (examined := examine(task, chance, pool_size=CORPUS_POOL)):
            count -= 1
            yield examined


def _families(split: Split) -> Sequence[Family]:
    return [family for family in FAMILIES if family.is_held_out is (split is Split.HELD_OUT_FAMILY)]


def _draws(split: Split, seed: int, chance: random.Random) -> Iterator[tuple[Family, Examined]]:
    """Yield different tasks, one family after the other."""
    families = list(_families(split))
    chance.shuffle(families)
    programs: set[str] = set()
    while families:
        for family in tuple(families):
            examined = _new(family, split, seed, chance, programs)
            if examined is None:
                families.remove(family)
                continue
            programs.add(_key(examined.task))
            yield family, examined


def _new(
    family: Family, split: Split, seed: int, chance: random.Random, programs: set[str]
) -> Examined | None:
    for _ in range(MOST_DRAWS):
        task = draw(family, chance)
        is_of_split = split is Split.HELD_OUT_FAMILY or is_reserved(task, seed) is (split is Split.HELD_OUT)
        if is_of_split and _key(task) not in programs and (examined := examine(task, chance)):
            return examined
    return None


def _key(task: Pipeline) -> str:
    """Return a text that tasks share only if they are the same function."""
    return task.program(Style.STEPS)


def _question(
    split: Split, number: int, family: Family, examined: Examined, chance: random.Random
) -> WorldQuestion:
    tests = [assert_of(examined.pool[at], examined.results[at]) for at in choose_inputs(examined, TRUE_TESTS)]
    question = LoopQuestion(
        id=f"{split}-{number:04}",
        family=family.name,
        split=split,
        text=examined.task.text,
        entry_point=ENTRY_POINT,
        program=program_of(examined.task, chance),
        tests=tests,
    )
    return WorldQuestion(question, examined)
