"""Makes the function by which the steps sample a policy to measure it on held-out questions."""

from collections.abc import Sequence

from loop.policy.sampling import Policy, sample
from loop.rl.held_out import Sampler
from loop.steps.context import StepContext


def make_sampler(context: StepContext, policy: Policy, noun: str) -> Sampler:
    """Return a sampler whose seed is the same for every measurement, and which shows how many ``noun`` it has."""

    def answers(texts: Sequence[str], *, n: int, temperature: float) -> list[list[str]]:
        return sample(
            policy,
            texts,
            n=n,
            temperature=temperature,
            max_tokens=context.config.longest_answer,
            seed=context.config.seed,
            report=lambda done, total: context.progress.count(done, total, noun),
        )

    return answers
