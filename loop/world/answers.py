"""Draws the answers that a careless author gives to a task: right programs, and programs with one mistake. Pure.

Mistakes have habits. A task that has an empty case is mostly answered without it; otherwise a comparison mostly misses
its boundary, and so on in the order of ``HABITS``. So a policy trained on these answers prefers the same mistake for
many questions, its likeliest answer is often wrong, and what removes the habit from one question helps with others.
"""

import random
from collections.abc import Iterator

from loop.world.mutations import Mistake
from loop.world.pipeline import Pipeline
from loop.world.suites import Examined, WrongTask

HABITS = (Mistake.EMPTY_CASE, Mistake.BOUNDARY, Mistake.SOURCE, Mistake.ORDER)
"""The mistake that most wrong answers to a task make is the first of these that its tests can show."""
HABIT_SHARE = 0.88
"""Share of wrong answers with the habitual mistake. With two of three answers wrong, it is about as common as the right
program, so that neither is always the likeliest answer."""


def draw_answer(examined: Examined, wrong_share: float, chance: random.Random) -> str:
    """Return one program for a task, wrong with the given probability where some mistake shows."""
    if examined.wrong and chance.random() < wrong_share:
        return program_of(draw_wrong(examined, chance).mutation.task, chance)
    return program_of(examined.task, chance)


def draw_wrong(examined: Examined, chance: random.Random) -> WrongTask:
    """Return one mistake of a task, habitual ones more often."""
    habitual = habit_of(examined)
    others = [wrong for wrong in examined.wrong if wrong is not habitual]
    if habitual and (not others or chance.random() < HABIT_SHARE):
        return habitual
    return chance.choice(others)


def habit_of(examined: Examined) -> WrongTask | None:
    """Return the habitual mistake of a task."""
    for mistake in HABITS:
        for wrong in examined.wrong:
            if wrong.mutation.mistake is mistake:
                return wrong
    return None


def program_of(task: Pipeline, chance: random.Random) -> str:
    """Return the program of a task in one of its styles."""
    return task.program(chance.choice(task.styles))


def answer_text(program: str) -> str:
    """Return the answer of a policy that holds a program."""
    return f"```python\n{program}```"


def answers(
    examined: Examined, count: int, wrong_share: float, chance: random.Random
) -> Iterator[tuple[str, str]]:
    """Yield questions' texts with answers, for supervised training."""
    for _ in range(count):
        yield examined.task.text, answer_text(draw_answer(examined, wrong_share, chance))
