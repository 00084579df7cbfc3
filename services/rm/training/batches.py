"""Plans the optimiser steps of a training and divides each step into micro-batches. Pure.

A step is filled with whole questions until it has the requested number of pairs; its last question may add a few more.
So a step of 128 pairs holds fewer questions than in pairwise training, where the pairs of one question are spread over
many steps. A micro-batch is the questions of a step that go through the model in one pass, up to a budget of tokens,
counted after sharing. A question is never divided: its pairs would need their answers computed twice.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class QuestionSize:
    """The pairs and the tokens of one question."""

    pairs: int
    tokens: int


@dataclass(frozen=True, slots=True)
class OptimizerStep:
    """The questions of one optimiser step."""

    epoch: int
    micro_batches: tuple[tuple[int, ...], ...]
    """Indices of the questions that go through the model in one pass, per pass."""

    @property
    def questions(self) -> list[int]:
        """Indices of all questions of the step."""
        return [at for batch in self.micro_batches for at in batch]


def plan_steps(
    sizes: Sequence[QuestionSize], *, pairs: int, tokens: int, epochs: int, seed: int
) -> list[OptimizerStep]:
    """Return all steps of a training; every epoch shuffles the questions differently."""
    steps: list[OptimizerStep] = []
    for epoch in range(epochs):
        order = list(range(len(sizes)))
        random.Random(f"{seed}:{epoch}").shuffle(order)  # noqa: S311 - an order, not a secret
        pending: list[int] = []
        pending_pairs = 0
        for at in order:
            pending.append(at)
            pending_pairs += sizes[at].pairs
            if pending_pairs >= pairs:
                steps.append(OptimizerStep(epoch, make_micro_batches(pending, sizes, tokens)))
                pending, pending_pairs = [], 0
        if pending:
            steps.append(OptimizerStep(epoch, make_micro_batches(pending, sizes, tokens)))
    return steps


def make_micro_batches(
    questions: Sequence[int], sizes: Sequence[QuestionSize], budget: int
) -> tuple[tuple[int, ...], ...]:
    """Divide questions into micro-batches of at most ``budget`` tokens; a larger question has one for itself."""
    batches: list[tuple[int, ...]] = []
    pending: list[int] = []
    used = 0
    for at in questions:
        if pending and used + sizes[at].tokens > budget:
            batches.append(tuple(pending))
            pending, used = [], 0
        pending.append(at)
        used += sizes[at].tokens
    return (*batches, tuple(pending)) if pending else tuple(batches)


def assign_micro_batches(
    batches: Sequence[tuple[int, ...]], rank: int, processes: int
) -> list[tuple[tuple[int, ...], bool]]:
    """Return the micro-batches of one process, and whether each counts; all processes get equally many.

    Gradients are averaged over processes at each step, so a process without work must compute too: it computes the
    first micro-batch again, with weight 0.
    """
    rounds = -(-len(batches) // processes)
    numbers = range(rank, rounds * processes, processes)
    return [(batches[at], True) if at < len(batches) else (batches[0], False) for at in numbers]
