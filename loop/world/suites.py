"""Makes the tests of a task by running its right program, and finds the mistakes that the tests show.

Only programs of this package run here, in this process: they are short, end, and touch nothing. Programs of models run
in the executor.
"""

import random
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass

from loop.world.inputs import Arguments, draw_arguments
from loop.world.mutations import Mutation, mutations
from loop.world.pipeline import ENTRY_POINT, Pipeline, Style

POOL = 120
"""Inputs of which the tests are chosen: enough that most mistakes show on several."""
SHOWN_BY = 6
"""Tests that should show each mistake. Half of twelve: pairs need answers whose pass rates differ by 0.4."""
FEWEST_RESULTS = 4
"""Different results that a task must have on its pool. With fewer, constant programs pass too many tests."""


class Raised:
    """The result of a call that raised an exception. It equals no value."""


@dataclass(frozen=True, slots=True)
class WrongTask:
    """A mistake, with what its program returns on the pool."""

    mutation: Mutation
    results: tuple[object, ...]
    failures: frozenset[int]
    """Positions in the pool where the result is wrong."""


@dataclass(frozen=True, slots=True)
class Examined:
    """A task with inputs, right results, and the mistakes that differ from it on some input."""

    task: Pipeline
    pool: tuple[Arguments, ...]
    results: tuple[object, ...]
    wrong: tuple[WrongTask, ...]


def function_of(program: str) -> Callable[..., object]:
    """Return the function of a program of this package."""
    names: dict[str, object] = {}
    exec(program, names)  # noqa: S102 - a program that this package wrote
    function = names[ENTRY_POINT]
    assert callable(function)
    return function


def examine(task: Pipeline, chance: random.Random, *, pool_size: int = POOL) -> Examined | None:
    """Return a task with its results; ``None`` if its program raises, or if its results differ too little."""
    pool = _pool(task, chance, pool_size)
    results = run(task, pool)
    if task.needs_element:  # where it raises, the text allows no such input
        allowed = [at for at, result in enumerate(results) if not isinstance(result, Raised)]
        pool, results = tuple(pool[at] for at in allowed), tuple(results[at] for at in allowed)
    if any(isinstance(result, Raised) for result in results):
        return None
    if len({repr(result) for result in results}) < FEWEST_RESULTS:
        return None
    wrong = []
    for mutation in mutations(task):
        wrong_results = run(mutation.task, pool)
        failures = frozenset(at for at in range(len(pool)) if not is_same(wrong_results[at], results[at]))
        if failures:
            wrong.append(WrongTask(mutation, wrong_results, failures))
    return Examined(task, pool, results, tuple(wrong))


def choose_inputs(examined: Examined, count: int) -> list[int]:
    """Return positions of inputs such that each mistake shows on about ``SHOWN_BY`` of them, if it can."""
    chosen: list[int] = []
    shown = [0] * len(examined.wrong)
    for _ in range(min(count, len(examined.pool))):
        rest = [at for at in range(len(examined.pool)) if at not in chosen]
        best = max(rest, key=lambda at: _gain(examined, shown, at))
        chosen.append(best)
        for number, wrong in enumerate(examined.wrong):
            shown[number] += best in wrong.failures
    return sorted(chosen)


def assert_of(arguments: Arguments, expected: object) -> str:
    """Return one ``assert`` statement."""
    return f"assert {ENTRY_POINT}({', '.join(map(repr, arguments))}) == {expected!r}"


def run(task: Pipeline, pool: Sequence[Arguments]) -> tuple[object, ...]:
    """Return the results of a task's program."""
    function = function_of(task.program(Style.STEPS))
    results: list[object] = []
    for arguments in pool:
        try:
            results.append(function(*deepcopy(arguments)))
        except Exception:  # noqa: BLE001 - a mistake may raise anything
            results.append(Raised())
    return tuple(results)


def is_same(one: object, other: object) -> bool:
    """Return whether a test that expects one value passes with the other."""
    return not isinstance(one, Raised) and one == other


def _gain(examined: Examined, shown: Sequence[int], at: int) -> tuple[float, int]:
    """Return how much an input adds: mistakes that few chosen inputs show count most; earlier inputs win ties."""
    gain = 0.0
    for number, wrong in enumerate(examined.wrong):
        is_shown = at in wrong.failures
        if shown[number] < SHOWN_BY:
            gain += is_shown / (1 + shown[number])
        else:  # a mistake that fails all tests teaches less than one that passes some
            gain -= is_shown * 0.1
    return gain, -at


def _pool(task: Pipeline, chance: random.Random, size: int) -> tuple[Arguments, ...]:
    pool: dict[str, Arguments] = {}
    for _ in range(size * 4):  # small sources, as numbers up to 20, have fewer inputs than are wanted
        arguments = draw_arguments(task, chance)
        pool.setdefault(repr(arguments), arguments)
        if len(pool) == size:
            break
    return tuple(pool.values())
