"""Measures a policy on held-out questions by their true tests.

Answers are sampled by a function that the caller gives, and judged by the executor through the adapters: while the
executor is away, the measurement waits. An answer without a verdict counts in no rate.
"""

from collections.abc import Sequence
from typing import Protocol

from clients.adapters.verdicts import judge_sync
from loop.questions import LoopQuestion
from loop.rl.points import Rates


class Sampler(Protocol):
    """Answers questions with the policy as it is now."""

    def __call__(self, texts: Sequence[str], *, n: int, temperature: float) -> list[list[str]]:
        """Return ``n`` answers to each text; at temperature 0 the most likely one."""


def measure(sample: Sampler, questions: Sequence[LoopQuestion], *, n: int, temperature: float) -> Rates:
    """Return question → share of ``n`` answers that pass all true tests."""
    answers = sample([question.text for question in questions], n=n, temperature=temperature)
    completions = [text for texts in answers for text in texts]
    truths = [question.tests for question, texts in zip(questions, answers, strict=True) for _ in texts]
    results = iter(judge_sync(completions, truths))
    rates = {}
    for question, texts in zip(questions, answers, strict=True):
        judged = [next(results) for _ in texts]
        passes = [result.pass_rate == 1.0 for result in judged if result.pass_rate is not None]
        if passes:
            rates[question.id] = sum(passes) / len(passes)
    return rates
