"""Samples answers of the base policy to held-out questions: a greedy one and N others for each.

The loop samples by itself where it has the policy's weights, and asks the policy's server where the configuration names
one. ``held_out/samples.jsonl`` has a row per question; questions that are there are not sampled again.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clients.completions import extract
from loop.config import RealModels
from loop.questions import LoopQuestion
from loop.steps.context import StepContext, StepError
from loop.steps.row_file import RowFile

QUESTIONS_AT_ONCE = 8
"""Questions between two writes: what is lost at most when the process is killed."""
ANSWER_S = 1800.0
"""Longest wait for one request: a small machine takes minutes for eight long answers to eight questions at once."""


@dataclass(frozen=True, slots=True)
class HeldOutAnswers:
    """The answers of a policy to one question."""

    question: LoopQuestion
    completions: Sequence[str]
    """The greedy answer, then the samples."""

    @property
    def programs(self) -> list[str]:
        """The programs of the answers; empty where an answer has none."""
        return [extract(text, entry_point=self.question.entry_point).program for text in self.completions]


def sample_held_out(context: StepContext, questions: Sequence[LoopQuestion]) -> list[HeldOutAnswers]:
    """Return the answers to all questions; those that are missing are sampled.

    Raises:
        StepError: the policy's server does not answer.
    """
    file = RowFile(context.folder.held_out / "samples.jsonl")
    there = file.ids()
    missing = [question for question in questions if question.id not in there]
    context.progress.count(len(questions) - len(missing), len(questions), "questions sampled")
    sampler = _Sampler(context) if missing else None
    for first in range(0, len(missing), QUESTIONS_AT_ONCE):
        part = missing[first : first + QUESTIONS_AT_ONCE]
        assert sampler is not None
        answers = sampler.sample(part)
        file.append(
            {"id": question.id, "completions": completions}
            for question, completions in zip(part, answers, strict=True)
        )
        there |= {question.id for question in part}
        context.progress.count(len(there), len(questions), "questions sampled")
    rows = file.by_id()
    return [HeldOutAnswers(question, rows[question.id]["completions"]) for question in questions]


class _Sampler:
    """Samples from the policy of a run."""

    def __init__(self, context: StepContext) -> None:
        self._config = context.config
        world = context.config.world
        self._url = world.policy_url if isinstance(world, RealModels) else ""
        self._served_name = (world.policy_model or world.policy) if isinstance(world, RealModels) else ""
        self._most_choices = world.completions_per_request if isinstance(world, RealModels) else 1
        self._policy: Any = None
        if not self._url:
            from loop.policy.sampling import load_policy  # noqa: PLC0415 - torch takes seconds to import

            self._policy = load_policy(Path(context.base_policy))

    def sample(self, questions: Sequence[LoopQuestion]) -> list[list[str]]:
        """Return the greedy answer and the samples of each question."""
        texts = [question.text for question in questions]
        greedy = self._answers(texts, n=1, temperature=0.0, top_p=1.0)
        options = self._config.best_of_n
        sampled = self._answers(
            texts, n=options.samples, temperature=options.temperature, top_p=options.top_p
        )
        return [first + others for first, others in zip(greedy, sampled, strict=True)]

    def _answers(self, texts: Sequence[str], *, n: int, temperature: float, top_p: float) -> list[list[str]]:
        if self._url:
            with ThreadPoolExecutor(QUESTIONS_AT_ONCE) as pool:
                return list(pool.map(lambda text: self._ask(text, n, temperature, top_p), texts))
        from loop.policy.sampling import sample  # noqa: PLC0415

        return sample(
            self._policy,
            texts,
            n=n,
            temperature=temperature,
            top_p=top_p,
            max_tokens=self._config.longest_answer,
            seed=self._config.seed,
        )

    def _ask(self, text: str, n: int, temperature: float, top_p: float) -> list[str]:
        """Ask the server for ``n`` answers, in requests of as many as it takes; each has a seed of its own."""
        import openai  # noqa: PLC0415 - only for models behind a server

        client = openai.OpenAI(base_url=self._url, api_key="none", timeout=ANSWER_S)
        answers: list[str] = []
        while len(answers) < n:
            try:
                response = client.chat.completions.create(
                    model=self._served_name,
                    messages=[{"role": "user", "content": text}],
                    n=min(n - len(answers), self._most_choices),
                    temperature=temperature,
                    top_p=top_p,
                    max_tokens=self._config.longest_answer,
                    seed=self._config.seed + len(answers),
                )
            except openai.OpenAIError as error:
                raise StepError(f"world.policy_url: {self._url} does not answer: {error}") from error
            if not response.choices:
                raise StepError(f"world.policy_url: {self._url} answers without a choice")
            answers += [choice.message.content or "" for choice in response.choices]
        return answers[:n]
