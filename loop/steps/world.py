"""Makes the questions of a run, and the policies that it starts from; measures both policies on held-out questions.

In the small world everything is made from nothing. With real models, the questions are copied, and the base policy is
measured if it is a folder or hub name that this machine can run.
"""

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from loop.config import SmallWorldOptions
from loop.policy.sampling import load_policy, sample, set_threads
from loop.policy.training import TrainingOptions, TrainingProgress
from loop.policy.warm_start import train_further, train_new
from loop.questions import LoopQuestion, Split
from loop.results import Share, WorldResults
from loop.rl.held_out import measure
from loop.rl.points import by_split
from loop.steps.context import StepContext, StepProgress
from loop.world.making import training_answers, write_questions

MEASURED_ANSWERS = 16
"""Answers to each held-out question: pass@1 to about two points."""
SOLVER_LR_SHARE = 0.4
"""Of the policy's learning rates: the solver changes what the policy prefers, not what it can do."""


def run(context: StepContext) -> None:
    """Make the world of a run, or take over what its configuration names."""
    started = time.monotonic()
    config = context.config
    set_threads(config.threads)
    assert config.world == "small", "real models: loop.steps.world"
    questions = write_questions(context.folder.questions_file, config.small_world, config.seed)
    context.progress.line(f"{len(questions)} questions")
    parameters = _make_policies(context, config.small_world)
    held_out = [question for question in questions if question.split is not Split.TRAIN]
    pass_at_1 = _pass_at_1(context, context.folder.policy, held_out)
    context.folder.write_results(
        "world",
        WorldResults(
            questions=_counts(questions),
            families=_families(questions),
            policy_parameters=parameters,
            policy_name="small",
            pass_at_1=pass_at_1,
            solver_pass_at_1=_pass_at_1(context, context.folder.solver, held_out),
            wall_s=time.monotonic() - started,
        ),
    )


def _make_policies(context: StepContext, options: SmallWorldOptions) -> int:
    """Train policy and solver; return their number of parameters."""
    seed, folder = context.config.seed, context.folder
    training = TrainingOptions(seed=seed)
    parameters = train_new(
        training_answers(options.policy_tasks, options.wrong_share, seed),
        folder.policy,
        hidden_size=options.hidden_size,
        layers=options.layers,
        options=training,
        report=partial(_show, context.progress, "policy"),
    )
    train_further(
        folder.policy,
        training_answers(options.solver_tasks, options.solver_wrong_share, seed),
        folder.solver,
        options=TrainingOptions(
            lr=SOLVER_LR_SHARE * training.lr, matrix_lr=SOLVER_LR_SHARE * training.matrix_lr, seed=seed
        ),
        report=partial(_show, context.progress, "solver"),
    )
    return parameters


def _show(progress: StepProgress, name: str, training: TrainingProgress) -> None:
    progress.count(training.step, training.steps, f"steps of the {name}'s training, loss {training.loss:.3f}")


def _pass_at_1(context: StepContext, folder: Path, questions: Sequence[LoopQuestion]) -> dict[str, Share]:
    policy = load_policy(folder)

    def answer(texts: Sequence[str], *, n: int, temperature: float) -> list[list[str]]:
        return sample(
            policy,
            texts,
            n=n,
            temperature=temperature,
            max_tokens=context.config.longest_answer,
            seed=context.config.seed,
            report=lambda done, total: context.progress.count(done, total, f"answers of the {folder.name}"),
        )

    return by_split(measure(answer, questions, n=MEASURED_ANSWERS, temperature=1.0), questions)


def _counts(questions: Sequence[LoopQuestion]) -> dict[str, int]:
    return {split: sum(question.split is split for question in questions) for split in Split}


def _families(questions: Sequence[LoopQuestion]) -> dict[str, list[str]]:
    return {
        split: sorted({question.family for question in questions if question.split is split})
        for split in Split
    }
