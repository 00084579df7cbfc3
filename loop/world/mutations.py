"""Makes the mistakes of a careless author: tasks that differ from a task in one place. Pure.

A program of such a task is a plausible wrong answer to the original question, unless it does the same; ``suites`` finds
that out by running it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from loop.world.operations import FACTORS, Role, Step
from loop.world.pipeline import Pipeline


class Mistake(StrEnum):
    """What is wrong."""

    EMPTY_CASE = "no case for empty input"
    BOUNDARY = "boundary of a comparison"
    SOURCE = "wrong elements"
    ORDER = "steps in another order"
    END = "returns something else"
    OPERATION = "another operation"
    MISSING_STEP = "a step is missing"
    CONSTANT = "constant off by one"
    DEFAULT = "wrong value for empty input"


BOUNDARIES = frozenset({"above", "at_least", "below", "at_most", "longer", "as_long", "shorter"})
"""Comparisons whose usual slip is at the boundary: ``>`` for ``>=``."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """A task with one mistake."""

    mistake: Mistake
    task: Pipeline


def mutations(task: Pipeline) -> Iterator[Mutation]:
    """Yield the task with each of its possible mistakes, the usual ones first."""
    if task.default is not None:
        yield Mutation(Mistake.EMPTY_CASE, replace(task, has_empty_case=False))
    yield from _of_steps(task, {Mistake.BOUNDARY})
    for slip in range(len(task.source.slips)):
        yield Mutation(Mistake.SOURCE, replace(task, source_slip=slip))
    if len(task.steps) == 2 and len({step.operation.takes for step in task.steps}) == 1:
        yield Mutation(Mistake.ORDER, replace(task, steps=task.steps[::-1]))
    for name in task.end.slips:
        constant = task.end_constant or 2
        yield Mutation(Mistake.END, replace(task, end_name=name, end_constant=constant))
    yield from _of_steps(task, {Mistake.OPERATION, Mistake.MISSING_STEP, Mistake.CONSTANT})
    if task.default is not None:
        yield Mutation(Mistake.DEFAULT, replace(task, default=1 if task.default == 0 else 0))


def _of_steps(task: Pipeline, mistakes: set[Mistake]) -> Iterator[Mutation]:
    for position, step in enumerate(task.steps):
        for mistake, wrong in _of_step(step):
            if mistake in mistakes:
                steps = (*task.steps[:position], *wrong, *task.steps[position + 1 :])
                yield Mutation(mistake, replace(task, steps=steps))


def _of_step(step: Step) -> Iterator[tuple[Mistake, tuple[Step, ...]]]:
    for number, name in enumerate(step.operation.slips):
        is_boundary = number == 0 and step.name in BOUNDARIES
        yield Mistake.BOUNDARY if is_boundary else Mistake.OPERATION, (Step(name, _constant(name, step)),)
    changes_kind = step.operation.role is Role.MAP and step.operation.gives is not step.operation.takes
    if not changes_kind:
        yield Mistake.MISSING_STEP, ()
    if isinstance(step.constant, int):
        yield Mistake.CONSTANT, (replace(step, constant=step.constant + 1),)
        if step.constant > 1:
            yield Mistake.CONSTANT, (replace(step, constant=step.constant - 1),)


def _constant(name: str, step: Step) -> int | str | None:
    """Return the constant of the operation that replaces a step: the step's, where it has one."""
    constants = Step(name).operation.constants
    return (step.constant if step.constant is not None else FACTORS[0]) if constants else None
