"""Checks what the user gives a loop of real models, before hours of work: the questions, and the servers of the models.

A question whose right program fails one of its own true tests measures nothing: it is left out, and the step says so.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from clients.contract import CandidateResult, Outcome
from loop.config import RealModels
from loop.questions import LoopQuestion, find_missing, read_questions
from loop.steps.context import StepContext, StepError
from loop.steps.held_out.judging import ProgramsToJudge, is_service_fault, judge_groups, open_executor
from loop.steps.row_file import Row, RowFile

ANSWER_S = 30.0
"""Longest wait for a server's list of models: a busy one answers late."""
NAMES_SHOWN = 6
"""Names of served models in a message: a hosted service has hundreds."""


def read_given_questions(path: Path) -> list[LoopQuestion]:
    """Return the questions of the user's file.

    Raises:
        StepError: it cannot be read, a row is wrong, or questions are missing.
    """
    try:
        questions = read_questions(path)
    except (OSError, ValueError) as error:
        raise StepError(f"world.questions: {path} cannot be read: {error}") from error
    if faults := find_missing(questions):
        raise StepError(f"world.questions: {path}: {'; '.join(faults)}")
    return questions


def key_of(variable: str) -> str:
    """Return the API key in an environment variable; ``none`` without a variable, for a server that needs no key.

    Raises:
        StepError: the variable is not set.
    """
    if not variable:
        return "none"
    if key := os.environ.get(variable, ""):
        return key
    raise StepError(f"the environment variable {variable} holds no key; set it, or remove the key_variable")


def check_servers(world: RealModels) -> None:
    """Check that each server answers and has its model. A server without a list of models is not asked further.

    Raises:
        StepError: one does not answer, or has no model of the name.
    """
    servers = [
        ("writer", world.writer_url, world.writer_model, world.writer_key_variable),
        ("solver", world.solver_url, world.solver_model, world.solver_key_variable),
    ]
    if world.policy_url:
        name = world.policy_model or world.policy
        servers.append(("policy", world.policy_url, name, world.policy_key_variable))
    for role, url, model, variable in servers:
        _check_server(role, url, model, key_of(variable))


def _check_server(role: str, url: str, model: str, key: str) -> None:
    import openai  # noqa: PLC0415 - only for models behind a server

    try:
        with openai.OpenAI(base_url=url, api_key=key, timeout=ANSWER_S) as client:
            names = [one.id for one in client.models.list()]
    except openai.NotFoundError:
        return
    except openai.OpenAIError as error:
        raise StepError(
            f"world.{role}_url: {url} does not answer ({error}); start the server first, or correct the address"
        ) from error
    if names and model not in names:
        shown = ", ".join(names[:NAMES_SHOWN]) + (", …" if len(names) > NAMES_SHOWN else "")
        raise StepError(f"world.{role}_model: {url} has no model {model!r}; it has {shown}")


async def find_wrong_programs(context: StepContext, questions: Sequence[LoopQuestion]) -> list[Row]:
    """Return id and reason of each question whose program fails one of its own tests.

    Raises:
        AceCoderError: the executor cannot be used.
    """
    groups = [
        ProgramsToJudge(question.id, question.entry_point, [question.program], question.tests)
        for question in questions
        if question.tests
    ]
    file = RowFile(context.folder.root / "world" / "programs.jsonl")
    async with open_executor(context) as executor:
        verdicts = await judge_groups(executor, groups, file, context.progress)
    faults = [(group, _fault(verdicts[group.id][0], group.tests)) for group in groups]
    return [{"id": group.id, "reason": reason} for group, reason in faults if reason]


def _fault(result: CandidateResult, tests: Sequence[str]) -> str:
    """Return what is wrong with a program that should pass all tests; empty: nothing.

    Raises:
        StepError: there is no verdict because of a fault of the executor.
    """
    if is_service_fault(result):
        raise StepError(f"the executor has no verdict on the right programs: {result.reason_text}; run again")
    if result.pass_rate is None:
        return f"its program has no verdict: {result.reason_text}"
    for text, test in zip(tests, result.tests, strict=True):
        if test.outcome is not Outcome.PASSED:
            outcome = test.outcome.replace("_", " ")
            return f"its program does not pass its own test ({outcome}): {text}"
    return ""
