"""Step ``best_of_n``: measures what rules pick of N answers of the base policy to held-out questions.

True tests alone decide what is right. Rules see the reward model's scores, or imagined tests that the writer made for
the held-out questions, which the same validation and filter went over as those of the training questions.
"""

import time
from collections.abc import Callable, Sequence
from functools import partial

from loop.results import SelectionResults
from loop.shares import share_of
from loop.steps.context import ServiceName, StepContext, StepError
from loop.steps.held_out.judging import ProgramsToJudge, judge_groups, open_executor
from loop.steps.held_out.measured import HeldOutFiles, held_out_tests, measured_questions
from loop.steps.held_out.sampling import HeldOutAnswers, sample_held_out
from loop.steps.held_out.scoring import score_answers
from loop.steps.held_out.selection import (
    RULES,
    HeldOutQuestion,
    SelectionRule,
    average,
    pair_accuracy,
    paired,
    selection_row,
)
from loop.steps.synthesis.config import write_synth_config
from loop.steps.synthesis.rows import find_truth, read_rows
from loop.steps.synthesis.run import run_synth


async def run(context: StepContext) -> None:
    """Measure best-of-N of a run.

    Raises:
        StepError: there is no held-out question, or a command failed.
        AceCoderError: a service cannot be used.
    """
    started = time.monotonic()
    files = HeldOutFiles(context.folder)
    questions = files.questions()
    if not questions:
        raise StepError(f"{context.folder.questions_file}: no question is held out; add some")
    answers = sample_held_out(context, questions)
    write_synth_config(context, files.synth, questions, with_samples=False)
    run_synth(files.synth, len(questions), context.progress, last_stage="filter")
    await _judge(context, files, answers)
    await score_answers(context.address(ServiceName.REWARD_MODEL), answers, files.scores, context.progress)
    context.progress.line("computing what each rule picks")
    results = selection_results(measured_questions(files), time.monotonic() - started)
    context.folder.write_results("best_of_n", results)


async def _judge(context: StepContext, files: HeldOutFiles, answers: Sequence[HeldOutAnswers]) -> None:
    true_tests = [
        ProgramsToJudge(
            answer.question.id, answer.question.entry_point, answer.programs, answer.question.tests
        )
        for answer in answers
    ]
    imagined = held_out_tests(files)
    imagined_groups = [
        ProgramsToJudge(
            answer.question.id,
            answer.question.entry_point,
            answer.programs,
            [tests.row.row.tests[at].source for at in tests.positions],
        )
        for answer in answers
        if (tests := imagined.get(answer.question.id))
    ]
    async with open_executor(context) as executor:
        await judge_groups(executor, true_tests, files.graded, context.progress)
        await judge_groups(executor, imagined_groups, files.imagined, context.progress)
        rows = list(read_rows(files.synth))
        held_out = [one.question for one in answers]
        await find_truth(executor, files.synth, rows, held_out, context.progress, is_held_out=True)


def selection_results(questions: Sequence[HeldOutQuestion], wall_s: float) -> SelectionResults:
    """Return what each rule picks.

    Raises:
        StepError: no question has a verdict on its greedy answer and on a sample.
    """
    if all(one.greedy_is_right is None for one in questions):
        raise StepError(
            "no held-out question has verdicts on its answers; see the log of the executor, and run again"
        )
    rows = [selection_row(rule, questions) for rule in RULES]
    most = max(len(question.right) for question in questions)
    full = [question for question in questions if len(question.right) == most]
    greedy = [float(one.greedy_is_right) for one in questions if one.greedy_is_right is not None]
    single: dict[str, Callable[[HeldOutQuestion], float | None]] = {"greedy": _greedy, "average": average}
    others = single | {rule.name: partial(_chance, rule, most) for rule in RULES[1:]}
    return SelectionResults(
        questions=len(questions),
        samples_per_question=most,
        greedy=share_of(greedy),
        average=share_of([average(question) for question in questions]),
        oracle=share_of([float(any(question.right)) for question in questions]),
        rows=rows,
        gains={name: paired(full, partial(_chance, RULES[0], most), other) for name, other in others.items()},
        gains_by_n={
            n: {name: paired(full, partial(_chance, RULES[0], n), other) for name, other in single.items()}
            for n in rows[0].by_n
        },
        pair_accuracy=pair_accuracy(questions),
        wall_s=wall_s,
    )


def _chance(rule: SelectionRule, n: int, question: HeldOutQuestion) -> float:
    return rule.chance(question, n)


def _greedy(question: HeldOutQuestion) -> float | None:
    return None if question.greedy_is_right is None else float(question.greedy_is_right)
