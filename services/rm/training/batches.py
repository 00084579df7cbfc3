"""Which questions make an optimiser step, and which of them go through the model together. Pure.

A step is filled with whole questions until it has the pairs asked for; its last question may bring a few more. So a
step of 128 pairs holds fewer questions than in pairwise training, where pairs of one question are strewn about.
Within a step, questions go through the model together up to a budget of tokens, counted after sharing. A question is
never divided: its pairs would need their answers twice.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """Of one question."""

    pairs: int
    tokens: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the optimiser."""

    epoch: int
    parts: tuple[tuple[int, ...], ...]
    """Questions that go through the model together, by their places."""

    @property
    def questions(self) -> list[int]:
        """All of them."""
        return [at for part in self.parts for at in part]


def plan(sizes: Sequence[Size], *, pairs: int, tokens: int, epochs: int, seed: int) -> list[Step]:
    """Return all steps of a training; each epoch has an order of its own."""
    steps: list[Step] = []
    for epoch in range(epochs):
        order = list(range(len(sizes)))
        random.Random(f"{seed}:{epoch}").shuffle(order)  # noqa: S311 - an order, not a secret
        waiting: list[int] = []
        gathered = 0
        for at in order:
            waiting.append(at)
            gathered += sizes[at].pairs
            if gathered >= pairs:
                steps.append(Step(epoch, parts(waiting, sizes, tokens)))
                waiting, gathered = [], 0
        if waiting:
            steps.append(Step(epoch, parts(waiting, sizes, tokens)))
    return steps


def parts(questions: Sequence[int], sizes: Sequence[Size], budget: int) -> tuple[tuple[int, ...], ...]:
    """Divide questions into runs within ``budget`` tokens; one above it is a run of its own."""
    made: list[tuple[int, ...]] = []
    waiting: list[int] = []
    used = 0
    for at in questions:
        if waiting and used + sizes[at].tokens > budget:
            made.append(tuple(waiting))
            waiting, used = [], 0
        waiting.append(at)
        used += sizes[at].tokens
    return (*made, tuple(waiting)) if waiting else tuple(made)


def share(parts: Sequence[tuple[int, ...]], rank: int, processes: int) -> list[tuple[tuple[int, ...], bool]]:
    """Return one process's parts, and whether each counts; all processes get equally many.

    Gradients are averaged over processes at each step, so that one without work must still compute: it repeats the
    first part, for nothing.
    """
    rounds = -(-len(parts) // processes)
    wanted = range(rank, rounds * processes, processes)
    return [(parts[at], True) if at < len(parts) else (parts[0], False) for at in wanted]
