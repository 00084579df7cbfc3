"""Writes the tests that a model might imagine for a question: most are right, some expect what a mistake returns. Pure.

The same question, seed and share of wrong tests give the same tests.
"""

import random
from dataclasses import dataclass

from loop.world.pipeline import Pipeline
from loop.world.suites import Examined, Raised, assert_of, choose_inputs, examine

ATTEMPTS = 20
"""Draws of inputs until they show enough results: a question passed that check once, with other inputs."""


@dataclass(frozen=True, slots=True)
class ImaginedTest:
    """One test."""

    text: str
    is_right: bool


def imagined_tests(task: Pipeline, count: int, *, wrong_share: float, seed: int) -> list[ImaginedTest]:
    """Return tests with inputs of their own; each is wrong with the probability ``wrong_share``."""
    chance = random.Random(f"{seed}/imagined/{task.text}")  # noqa: S311 - not for secrets
    examined = next(filter(None, (examine(task, chance) for _ in range(ATTEMPTS))), None)
    if examined is None:
        return []
    return [_imagined(examined, at, wrong_share, chance) for at in choose_inputs(examined, count)]


def _imagined(examined: Examined, at: int, wrong_share: float, chance: random.Random) -> ImaginedTest:
    arguments, right = examined.pool[at], examined.results[at]
    if chance.random() >= wrong_share:
        return ImaginedTest(assert_of(arguments, right), is_right=True)
    return ImaginedTest(assert_of(arguments, _wrong_value(examined, at, chance)), is_right=False)


def _wrong_value(examined: Examined, at: int, chance: random.Random) -> object:
    """Return what some mistake returns for an input, or a value beside the right one."""
    right = examined.results[at]
    wrong = [one.results[at] for one in examined.wrong if at in one.failures]
    plausible = [value for value in wrong if not isinstance(value, Raised) and type(value) is type(right)]
    return chance.choice(plausible) if plausible else _beside(right)


def _beside(value: object) -> object:
    match value:
        case int():
            return value + 1
        case str():
            return value[:-1] if value else "a"
        case list():
            return value[:-1] if value else [0]
        case dict():
            return {key: count + 1 for key, count in value.items()} if value else {0: 1}
    raise TypeError(f"no task returns a {type(value).__name__}")
