"""Samples answers of the base policy to held-out questions: a greedy one and N others for each.

The loop samples by itself where it has the policy's weights, and asks the policy's server where the configuration names
one: many questions at once, so that the server is never idle. ``held_out/samples.jsonl`` has a row per question;
questions that are there are not sampled again.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clients.completions import extract
from loop.config import RealModels
from loop.questions import LoopQuestion
from loop.steps.context import StepContext, StepError
from loop.steps.given import key_of
from loop.steps.row_file import RowFile
from loop.steps.synthesis.config import served_policy

QUESTIONS_AT_ONCE = 8
"""Questions that the loop samples between two writes: what is lost at most when the process is killed."""
ANSWER_S = 3600.0
"""Longest wait for one request, as in synthesis: one that timed out starts over and costs its tokens twice."""
RETRIES = 6
"""Further attempts where a server is away or full, with pauses of up to 8 s: a restart is waited for, not an end."""


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
    for question, completions in _sampled(context, missing):
        file.append([{"id": question.id, "completions": completions}])
        there.add(question.id)
        context.progress.count(len(there), len(questions), "questions sampled")
    rows = file.by_id()
    return [HeldOutAnswers(question, rows[question.id]["completions"]) for question in questions]


def _sampled(
    context: StepContext, questions: Sequence[LoopQuestion]
) -> Iterator[tuple[LoopQuestion, list[str]]]:
    """Yield each question with its completions, as they are finished."""
    world = context.config.world
    if not questions:
        return iter(())
    if isinstance(world, RealModels) and world.policy_url:
        return _PolicyServer(context, world).sample(questions)
    return _sampled_here(context, questions)


def _sampled_here(
    context: StepContext, questions: Sequence[LoopQuestion]
) -> Iterator[tuple[LoopQuestion, list[str]]]:
    """Sample in this process."""
    from loop.policy.sampling import load_policy, sample  # noqa: PLC0415 - torch takes seconds to import

    policy, options = load_policy(Path(context.base_policy)), context.config.best_of_n
    common: dict[str, Any] = {"max_tokens": context.config.longest_answer, "seed": context.config.seed}
    for first in range(0, len(questions), QUESTIONS_AT_ONCE):
        part = questions[first : first + QUESTIONS_AT_ONCE]
        texts = [question.text for question in part]
        greedy = sample(policy, texts, n=1, temperature=0.0, **common)
        sampled = sample(
            policy, texts, n=options.samples, temperature=options.temperature, top_p=options.top_p, **common
        )
        for question, first_answer, others in zip(part, greedy, sampled, strict=True):
            yield question, first_answer + others


class _PolicyServer:
    """Samples from the policy's server."""

    def __init__(self, context: StepContext, world: RealModels) -> None:
        import openai  # noqa: PLC0415 - only for models behind a server

        self._config, self._world = context.config, world
        self._client = openai.OpenAI(
            base_url=world.policy_url,
            api_key=key_of(world.policy_key_variable),
            timeout=ANSWER_S,
            max_retries=RETRIES,
        )
        self._most_choices = min(world.completions_per_request, world.completions_at_once)

    def sample(self, questions: Sequence[LoopQuestion]) -> Iterator[tuple[LoopQuestion, list[str]]]:
        """Yield each question with its greedy answer and its samples, as they are finished.

        Raises:
            StepError: the server does not answer. Questions that were yielded are kept.
        """
        at_once = max(1, self._world.completions_at_once // self._most_choices)
        pool = ThreadPoolExecutor(at_once)
        try:
            waiting = {pool.submit(self._answers, question): question for question in questions}
            for future in as_completed(waiting):
                yield waiting[future], future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            self._client.close()  # ends the requests in flight: their threads would delay an error by minutes

    def _answers(self, question: LoopQuestion) -> list[str]:
        options = self._config.best_of_n
        greedy = self._ask(question.text, 1, temperature=0.0, top_p=1.0)
        return greedy + self._ask(
            question.text, options.samples, temperature=options.temperature, top_p=options.top_p
        )

    def _ask(self, text: str, n: int, *, temperature: float, top_p: float) -> list[str]:
        """Ask for ``n`` answers, in requests of as many as the server takes; each has a seed of its own."""
        import openai  # noqa: PLC0415

        url = self._world.policy_url
        answers: list[str] = []
        while len(answers) < n:
            try:
                response = self._client.chat.completions.create(
                    model=served_policy(self._world),
                    messages=[{"role": "user", "content": text}],
                    n=min(n - len(answers), self._most_choices),
                    temperature=temperature,
                    top_p=top_p,
                    max_tokens=self._config.longest_answer,
                    seed=self._config.seed + len(answers),
                    extra_body=self._world.extra_body or None,
                )
            except openai.OpenAIError as error:
                raise StepError(
                    f"world.policy_url: {url} does not answer: {error}; finished questions are kept, and the same "
                    f"command goes on"
                ) from error
            if not response.choices:
                raise StepError(f"world.policy_url: {url} answers without a choice")
            answers += [choice.message.content or "" for choice in response.choices]
        return answers[:n]
