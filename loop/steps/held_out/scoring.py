"""Scores answers with a reward model, and keeps the scores in a file, so that scoring resumes."""

from collections.abc import Sequence
from dataclasses import replace

from clients.config import ClientConfig
from clients.pairs import AnswerForm, answer_text
from clients.reward_model import AsyncRewardModel
from loop.steps.context import StepProgress
from loop.steps.held_out.sampling import HeldOutAnswers
from loop.steps.row_file import RowFile

QUESTIONS_AT_ONCE = 8
"""Questions in one request."""
CONNECT_S = 120.0
"""Seconds in which a service that died may come back."""


async def score_answers(
    url: str, answers: Sequence[HeldOutAnswers], file: RowFile, progress: StepProgress
) -> dict[str, list[float | None]]:
    """Return the scores of the answers to each question, by its id; those that are not in the file are asked for.

    Answers are scored in the form in which the reward model saw them in its pairs: the program in a fence.

    Raises:
        AceCoderError: the reward model cannot be used.
    """
    there = file.ids()
    missing = [answer for answer in answers if answer.question.id not in there]
    progress.count(len(answers) - len(missing), len(answers), "questions scored")
    config = replace(ClientConfig.for_reward_model(), url=url, connect_s=CONNECT_S)
    async with AsyncRewardModel(config=config) as model:
        for first in range(0, len(missing), QUESTIONS_AT_ONCE):
            part = missing[first : first + QUESTIONS_AT_ONCE]
            response = await model.score_groups([_group(answer) for answer in part])
            file.append(
                {"id": answer.question.id, "scores": [score.score for score in group.scores]}
                for answer, group in zip(part, response.groups, strict=True)
            )
            there |= {answer.question.id for answer in part}
            progress.count(len(there), len(answers), "questions scored")
    rows = file.by_id()
    return {answer.question.id: rows[answer.question.id]["scores"] for answer in answers}


def _group(answer: HeldOutAnswers) -> dict[str, object]:
    texts = [
        answer_text(AnswerForm.FENCED, program, completion)
        for program, completion in zip(answer.programs, answer.completions, strict=True)
    ]
    return {"prompt": answer.question.text, "candidates": texts}
