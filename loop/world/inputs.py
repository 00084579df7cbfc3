"""Draws inputs of a task: arguments near its constants, where mistakes show, and short or empty ones. Pure."""

import random
from collections.abc import Callable

from loop.world.pipeline import Pipeline

LONGEST = 7
"""Most elements of a list: enough for filters to keep some and drop some; a reader can work an answer out."""
_WORDS = (
    "a ant apple art be bee berry cat coat corn dog door ear east egg eel fern fish goat green hen horn ice ink jar "
    "kite lamp leaf lion moon nest net oak old onion open owl pear pine rain red river rose salt sea snow star stone "
    "Sun tea ten toad Tree under urn vine wave wren yarn zoo Rest Nora Otto Earl Ann Sat"
).split()
Arguments = tuple[object, ...]


def draw_arguments(task: Pipeline, chance: random.Random) -> Arguments:
    """Return arguments of one call of the task's function."""
    return _DRAW[task.source_name](task, chance)


def _length(chance: random.Random) -> int:
    return chance.choice((0, 1, 2, 3, 4, 5, 5, 6, 6, LONGEST))


def _number(task: Pipeline, chance: random.Random) -> int:
    """Return a number; half of them are at or beside a constant of the task, or a multiple of one."""
    constants = [step.constant for step in task.steps if isinstance(step.constant, int)]
    if constants and chance.random() < 0.5:
        return chance.choice(constants) * chance.choice((1, 1, 1, 2, 3)) + chance.choice((-1, 0, 0, 1))
    return chance.randint(-6, 15)


def _numbers(task: Pipeline, chance: random.Random) -> list[int]:
    numbers = [_number(task, chance) for _ in range(_length(chance))]
    if len(numbers) > 2 and chance.random() < 0.4:  # duplicates tell counts and sets from lists
        numbers[-1] = numbers[0]
    return numbers


def _one_list(task: Pipeline, chance: random.Random) -> Arguments:
    return (_numbers(task, chance),)


def _two_lists(_: Pipeline, chance: random.Random) -> Arguments:
    """Return lists of numbers between -3 and 9, mostly as long as each other."""
    length = _length(chance)
    other = length if chance.random() < 0.8 else _length(chance)
    return tuple([chance.randint(-3, 9) for _ in range(size)] for size in (length, other))


def _digits(task: Pipeline, chance: random.Random) -> Arguments:
    size = chance.randint(1, 6)
    digits = [
        max(0, _number(task, chance)) % 10 if chance.random() < 0.6 else chance.randint(0, 9)
        for _ in range(size)
    ]
    return (int("".join(map(str, digits))),)


def _limit(task: Pipeline, chance: random.Random) -> Arguments:
    return (_number(task, chance),)


def _dict(task: Pipeline, chance: random.Random) -> Arguments:
    numbers = _numbers(task, chance)
    return (dict(zip("abcdefgh", numbers, strict=False)),)


def _strings(task: Pipeline, chance: random.Random) -> list[str]:
    constants = [step.constant for step in task.steps]
    letters = [constant for constant in constants if isinstance(constant, str)]
    lengths = [constant for constant in constants if isinstance(constant, int)]
    near = [word for word in _WORDS if any(letter in word for letter in letters) or len(word) in lengths]
    pool = near if near and chance.random() < 0.6 else _WORDS
    strings = [chance.choice(pool) for _ in range(min(5, _length(chance)))]
    if len(strings) > 2 and chance.random() < 0.4:
        strings[-1] = strings[0]
    return strings


_DRAW: dict[str, Callable[[Pipeline, random.Random], Arguments]] = {
    "numbers": _one_list,
    "rises": _one_list,
    "every": _one_list,
    "digits": _digits,
    "range": _limit,
    "sums": _two_lists,
    "products": _two_lists,
    "differences": _two_lists,
    "values": _dict,
    "strings": lambda task, chance: (_strings(task, chance),),
    "words": lambda task, chance: (" ".join(_strings(task, chance)),),
}
