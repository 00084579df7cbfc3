"""Scores answers with a reward model, and keeps the scores in a file, so that scoring resumes."""

from collections.abc import Sequence
from dataclasses import replace

import anyio

from clients.config import ClientConfig
from clients.pairs import AnswerForm, answer_text
from clients.reward_model import AsyncRewardModel
from loop.services.specs import SCORE_S
from loop.steps.context import StepError, StepProgress
from loop.steps.held_out.sampling import HeldOutAnswers
from loop.steps.row_file import RowFile

QUESTIONS_AT_ONCE = 8
"""Requests at once, of one question each: the service computes them together, and each is kept when it is finished."""
CONNECT_S = 120.0
"""Seconds in which a service that died may come back."""


async def score_answers(
    url: str, answers: Sequence[HeldOutAnswers], file: RowFile, progress: StepProgress
) -> dict[str, list[float | None]]:
    """Return the scores of the answers to each question, by its id; those that are not in the file are asked for.

    Answers are scored in the form in which the reward model saw them in its pairs: the program in a fence. An answer
    that is too long for the model has the score ``None``.

    Raises:
        AceCoderError: the reward model cannot be used.
        StepError: an answer has no score because of a fault of the service.
    """
    there = file.ids()
    missing = [answer for answer in answers if answer.question.id not in there]
    progress.count(len(answers) - len(missing), len(answers), "questions scored")
    config = replace(ClientConfig.for_reward_model(), url=url, connect_s=CONNECT_S)
    limiter = anyio.CapacityLimiter(QUESTIONS_AT_ONCE)
    async with AsyncRewardModel(config=config) as model:

        async def score(answer: HeldOutAnswers) -> None:
            async with limiter:
                scores = await _score(model, answer)
            file.append([{"id": answer.question.id, "scores": scores}])
            there.add(answer.question.id)
            progress.count(len(there), len(answers), "questions scored")

        try:
            async with anyio.create_task_group() as tasks:
                for answer in missing:
                    tasks.start_soon(score, answer)
        except ExceptionGroup as group:
            raise group.exceptions[0] from None
    rows = file.by_id()
    return {answer.question.id: rows[answer.question.id]["scores"] for answer in answers}


async def _score(model: AsyncRewardModel, answer: HeldOutAnswers) -> list[float | None]:
    """Return the score of each answer to one question; the client has asked again for those that were missing."""
    response = await model.score_groups([_group(answer)], deadline_s=SCORE_S)
    scores = response.groups[0].scores
    faults = [score.error for score in scores if score.score is None and score.retryable]
    if faults:
        raise StepError(
            f"the reward model has no score for {len(faults)} answers to question {answer.question.id}: {faults[0]}; "
            f"the same command goes on"
        )
    return [score.score for score in scores]


def _group(answer: HeldOutAnswers) -> dict[str, object]:
    texts = [
        answer_text(AnswerForm.FENCED, program, completion)
        for program, completion in zip(answer.programs, answer.completions, strict=True)
    ]
    return {"prompt": answer.question.text, "candidates": texts}
