"""Trains the base policy by RL, once for each configured reward, and measures what it gained on held-out questions.

A finished run has ``rl/NAME/run.json`` and is not repeated; one that was interrupted goes on from its checkpoint.
"""

import os
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path

import torch

from loop.policy.sampling import Policy
from loop.questions import LoopQuestion, Split
from loop.results import RlResults, RlRun, RunDifference
from loop.rl.points import Measurement, MeasurementFile, difference, point
from loop.rl.presets import uses_reward_model
from loop.rl.prompts import read_prompts
from loop.rl.task import RlTask
from loop.rl.training import train
from loop.steps.context import ServiceName, StepContext
from loop.steps.sampler import make_sampler

HELD_OUT = (Split.HELD_OUT, Split.HELD_OUT_FAMILY)


def run(context: StepContext) -> None:
    """Train every configured run and write ``results/rl.json``."""
    os.environ["ACECODER_URL"] = context.address(ServiceName.EXECUTOR)
    if any(map(uses_reward_model, context.config.rl.runs)):
        os.environ["ACECODER_RM_URL"] = context.address(ServiceName.REWARD_MODEL)
    torch.set_num_threads(context.config.threads)
    questions = list(context.folder.questions(*HELD_OUT))
    runs = [_run(context, name, questions) for name in context.config.rl.runs]
    differences = list(_differences(context, [one.name for one in runs], questions))
    context.folder.write_results("rl", RlResults(runs=runs, differences=differences))


def _run(context: StepContext, name: str, questions: Sequence[LoopQuestion]) -> RlRun:
    folder = context.folder.rl(name)
    finished = folder / "run.json"
    if finished.exists():
        return RlRun.model_validate_json(finished.read_text(encoding="utf-8"))
    options, steps = context.config.rl, context.config.rl.steps
    task = RlTask(
        run=name,
        options=options,
        policy=Path(context.base_policy),
        prompts=read_prompts(
            context.folder.synth / "dataset",
            canary_share=options.canary_share,
            mixed_only=options.mixed_prompts_only,
        ),
        held_out=questions,
        folder=folder,
        longest_answer=context.config.longest_answer,
        seed=context.config.seed,
        make_sampler=lambda model, tokenizer: make_sampler(
            context, Policy(model, tokenizer), f"answers to measure {name}"
        ),
        on_step=lambda step: context.progress.count(step, steps, f"steps of {name}"),
    )
    alarms = train(task)
    measured = MeasurementFile(folder / "points.jsonl").read()
    result = _result(context, name, measured, questions, alarms)
    finished.write_text(result.model_dump_json(indent=1) + "\n", encoding="utf-8")
    context.progress.line(_summary(result))
    return result


def _result(
    context: StepContext,
    name: str,
    measured: list[Measurement],
    questions: Sequence[LoopQuestion],
    alarms: list[str],
) -> RlRun:
    options, first, last = context.config.rl, measured[0], measured[-1]
    return RlRun(
        name=name,
        algorithm=options.algorithm,
        steps=last.step,
        samples_per_step=options.prompts_per_step * options.samples_per_prompt,
        points=[point(one, questions) for one in measured],
        lift=difference(last.sampled, first.sampled, questions),
        greedy_lift=difference(last.greedy, first.greedy, questions),
        monitor=str((context.folder.rl(name) / "rewards.jsonl").relative_to(context.folder.root)),
        alarms=alarms,
        reward_wait_s=last.reward_wait_s,
        measure_s=last.measure_s,
        wall_s=last.wall_s,
    )


def _differences(
    context: StepContext, names: Sequence[str], questions: Sequence[LoopQuestion]
) -> Iterator[RunDifference]:
    """Yield how far each two runs lie apart at their ends."""
    last = {name: MeasurementFile(context.folder.rl(name) / "points.jsonl").read()[-1] for name in names}
    for first, second in combinations(names, 2):
        apart = difference(last[first].sampled, last[second].sampled, questions)
        for split, share in apart.items():
            yield RunDifference(first=first, second=second, split=split, difference=share)


def _summary(run: RlRun) -> str:
    lifts = ", ".join(f"{split} {share.mean:+.1%}" for split, share in run.lift.items())
    return f"{run.name}: {run.steps} steps in {run.wall_s:.0f} s, {run.reward_wait_s:.0f} s of it for rewards; {lifts}"
