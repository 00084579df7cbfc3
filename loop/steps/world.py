"""Makes the questions of a run, and the policies that it starts from; measures both policies on held-out questions.

In the small world everything is made from nothing. With models of the user's own, the servers and the questions are
checked (``given``), and the policy is not measured: the step ``best_of_n`` samples it anyway, and each sample may cost.
"""

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import anyio

from loop.config import RealModels, SmallWorldOptions
from loop.policy.sampling import count_parameters, load_policy, set_threads
from loop.policy.training import TrainingOptions, TrainingProgress
from loop.policy.warm_start import train_further, train_new
from loop.questions import LoopQuestion, Split, find_missing
from loop.results import Share, WorldResults
from loop.rl.held_out import measure
from loop.rl.points import by_split
from loop.steps.context import StepContext, StepError, StepProgress
from loop.steps.given import check_servers, find_wrong_programs, read_given_questions
from loop.steps.row_file import RowFile
from loop.steps.sampler import make_sampler
from loop.world.making import training_answers, write_questions

MEASURED_ANSWERS = 16
"""Answers to each held-out question: pass@1 to about two points."""
SOLVER_LR_SHARE = 0.4
"""Of the policy's learning rates: the solver changes what the policy prefers, not what it can do."""


def run(context: StepContext) -> None:
    """Make the world of a run, or take over what its configuration names."""
    started = time.monotonic()
    set_threads(context.config.threads)
    world = context.config.world
    results = _small(context) if world == "small" else _with_models(context, world)
    results = results.model_copy(update={"wall_s": time.monotonic() - started})
    context.folder.write_results("world", results)


def _small(context: StepContext) -> WorldResults:
    config, folder = context.config, context.folder
    questions = write_questions(folder.questions_file, config.small_world, config.seed)
    context.progress.line(f"{len(questions)} questions")
    make_policies(context, config.small_world)
    held_out = [question for question in questions if question.split is not Split.TRAIN]
    return WorldResults(
        questions=_counts(questions),
        families=_families(questions),
        policy_parameters=count_parameters(str(folder.policy)),
        policy_name="small",
        pass_at_1=_pass_at_1(context, folder.policy, held_out),
        solver_pass_at_1=_pass_at_1(context, folder.solver, held_out),
        wall_s=0,
    )


def _with_models(context: StepContext, world: RealModels) -> WorldResults:
    """Check servers and questions, copy the questions, and count the parameters of the policy."""
    parameters = count_parameters(world.policy)
    if not parameters:
        raise StepError(
            f"world.policy: {world.policy} is no folder of a model, and no name on the hub that can be read from here"
        )
    check_servers(world)
    given = read_given_questions(Path(world.questions))
    questions = _without_wrong_programs(context, given)
    lines = [question.model_dump_json() + "\n" for question in questions]
    context.folder.questions_file.write_text("".join(lines), encoding="utf-8")
    return WorldResults(
        questions=_counts(questions),
        questions_left_out=len(given) - len(questions),
        families=_families(questions),
        policy_parameters=parameters,
        policy_name=world.policy,
        pass_at_1={},
        wall_s=0,
    )


def _without_wrong_programs(context: StepContext, questions: Sequence[LoopQuestion]) -> list[LoopQuestion]:
    """Return the questions whose programs pass their own tests; the others are in ``world/left_out.jsonl``."""
    wrong = anyio.run(find_wrong_programs, context, questions)
    path = context.folder.root / "world" / "left_out.jsonl"
    path.unlink(missing_ok=True)  # an interrupted run has written it before
    RowFile(path).append(wrong)
    for row in wrong:
        context.progress.line(f"question {row['id']} is left out: {row['reason']}")
    names = {row["id"] for row in wrong}
    left = [question for question in questions if question.id not in names]
    if faults := find_missing(left):
        raise StepError(f"world.questions: {'; '.join(faults)} ({len(wrong)} were left out: see the log)")
    return left


def make_policies(context: StepContext, options: SmallWorldOptions) -> None:
    """Train policy and solver. One that is there was trained by an interrupted run with the same options, and stays."""
    seed, folder = context.config.seed, context.folder
    training = TrainingOptions(seed=seed)
    if not folder.policy.exists():
        train_new(
            training_answers(options.policy_tasks, options.wrong_share, seed),
            folder.policy,
            hidden_size=options.hidden_size,
            layers=options.layers,
            options=training,
            report=partial(_show, context.progress, "policy"),
        )
    if not folder.solver.exists():
        lr, matrix_lr = (SOLVER_LR_SHARE * rate for rate in (training.lr, training.matrix_lr))
        train_further(
            folder.policy,
            training_answers(options.solver_tasks, options.solver_wrong_share, seed),
            folder.solver,
            options=TrainingOptions(lr=lr, matrix_lr=matrix_lr, seed=seed),
            report=partial(_show, context.progress, "solver"),
        )


def _show(progress: StepProgress, name: str, training: TrainingProgress) -> None:
    progress.count(training.step, training.steps, f"steps of the {name}'s training, loss {training.loss:.3f}")


def _pass_at_1(context: StepContext, folder: Path, questions: Sequence[LoopQuestion]) -> dict[str, Share]:
    answer = make_sampler(context, load_policy(folder), f"answers of the {folder.name}")
    return by_split(measure(answer, questions, n=MEASURED_ANSWERS, temperature=1.0), questions)


def _counts(questions: Sequence[LoopQuestion]) -> dict[str, int]:
    return {split: sum(question.split is split for question in questions) for split in Split}


def _families(questions: Sequence[LoopQuestion]) -> dict[str, list[str]]:
    return {
        split: sorted({question.family for question in questions if question.split is split})
        for split in Split
    }
