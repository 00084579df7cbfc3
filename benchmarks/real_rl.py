"""Trains a real policy by RL through the executor, as the loop's ``rl`` step does, and says where a step's time goes.

    python -m benchmarks.filter_quality        # only for --tests imagined: which imagined tests are kept
    python -m benchmarks.real_rl --policy FOLDER [--tests true] [--minutes 6] [--help]

Rewards are AceCoder's rule: 1 if all tests of a question pass, else 0. ``--tests true``: half of the problems of MBPP
with their own asserts. ``--tests imagined``: problems of HumanEval with tests that two models imagined and the filter
kept. Held-out questions are the other half of MBPP and all of HumanEval, by their true tests. It is measured
before and after, and every ``--measure-every`` steps. The executor is that of ``ACECODER_URL``, or one is started.

In ``-o``: ``steps.jsonl`` (where the seconds of each step went), ``points.jsonl``, ``result.json``.
"""

import argparse
import json
import os
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any

import torch
from transformers import TrainerCallback
from trl.trainer.grpo_trainer import GRPOTrainer

from benchmarks import filter_matrix, report, workload
from benchmarks.filter_quality import MATRIX, MIN_TESTS
from benchmarks.real_questions import SAMPLES
from clients.adapters.verdicts import judge_sync
from examples.loop.make_questions import question_of
from loop.config import RlOptions
from loop.policy.sampling import Policy, sample
from loop.questions import LoopQuestion, Split
from loop.rl import training
from loop.rl.held_out import Sampler
from loop.rl.measuring import HeldOutCallback
from loop.rl.points import MeasurementFile, difference, point
from loop.rl.task import RlTask
from services.synth.filtering.matrix import FilterMatrix
from services.synth.filtering.posterior import decide_by_posterior

DATA = (workload.MBPP, workload.HUMANEVAL)


class TimedTrainer(GRPOTrainer):
    """TRL's trainer with a clock for generation and one for rewards; both stop when the device has finished."""

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 -- those of TRL
        super().__init__(*arguments, **named)
        self.clocks = {"generate_s": 0.0, "reward_s": 0.0}

    def _generate_single_turn(self, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401
        return self._timed("generate_s", super()._generate_single_turn, *arguments, **named)

    def _calculate_rewards(self, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401
        return self._timed("reward_s", super()._calculate_rewards, *arguments, **named)

    def _timed(self, name: str, function: Any, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401
        start = now()
        result = function(*arguments, **named)
        self.clocks[name] += now() - start
        return result


class StepClock(TrainerCallback):
    """Writes a line for each step, and ends the training when its minutes are over, with a last measurement."""

    def __init__(self, path: Path, deadline: float) -> None:
        self._path, self._deadline = path, deadline
        self._row: dict[str, float] = {}
        self._began_at = 0.0
        self.trainer: TimedTrainer | None = None

    def on_step_begin(self, *_: Any, **__: Any) -> None:  # noqa: ANN401
        """Start the clocks."""
        assert self.trainer is not None
        self.trainer.clocks.update(generate_s=0.0, reward_s=0.0)
        self._began_at = now()

    def on_optimizer_step(self, *_: Any, **__: Any) -> None:  # noqa: ANN401
        """Stop them: measurements and checkpoints come after this."""
        assert self.trainer is not None
        self._row = {**self.trainer.clocks, "step_s": now() - self._began_at}

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ANN401, ARG002
        """End the training when its time is over."""
        control.should_training_stop |= time.monotonic() > self._deadline

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any], **_: Any) -> None:  # noqa: ANN401, ARG002
        """Write the line of a step."""
        if "reward" not in logs:
            return
        names = ("reward", "reward_std", "kl", "grad_norm", "frac_reward_zero_std", "completions/mean_length",
                 "completions/clipped_ratio")  # fmt: skip
        row = {"step": state.global_step, **self._row, **{n: logs[n] for n in names if n in logs}}
        if torch.cuda.is_available():
            row["peak_gib"] = torch.cuda.max_memory_allocated() / 2**30
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        print(" ".join(f"{k} {v:.4g}" for k, v in row.items()), flush=True)

    def on_train_end(self, *_: Any, **__: Any) -> None:  # noqa: ANN401
        """Measure what was learned; it has no effect if the last step was measured."""
        assert self.trainer is not None
        for callback in self.trainer.callback_handler.callbacks:
            if isinstance(callback, HeldOutCallback):
                callback.measure()


def now() -> float:
    """Return the time at which the device has finished what it was given."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.monotonic()


def main() -> int:
    options = _options()
    facts = report.announce(f"RL of {options.policy} by {options.tests} tests")
    facts["device"] = torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu"
    options.out.mkdir(parents=True, exist_ok=True)
    with ExitStack() as exits:
        if not os.environ.get("ACECODER_URL"):
            from services.executor.local.stack import LocalStack

            os.environ["ACECODER_URL"] = exits.enter_context(LocalStack()).url
        questions = without_wrong_programs(list(_questions()))
        held_out = [
            one
            for split in (Split.HELD_OUT, Split.HELD_OUT_FAMILY)
            for one in [each for each in questions if each.split is split][: options.held_out]
        ]
        prompts = _prompts(options, questions)
        print(f"{len(prompts)} prompts, {len(held_out)} held-out questions", flush=True)
        _train(options, prompts, held_out)
    numbers = _result(options.out, held_out)
    print(json.dumps(numbers, indent=1))
    settings = {name: str(value) for name, value in vars(options).items()}
    (options.out / "result.json").write_text(
        json.dumps({"machine": facts, "settings": settings, "prompts": len(prompts), **numbers}, indent=1)
    )
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--policy", type=Path, required=True, help="folder of a model with a chat template")
    parser.add_argument(
        "--tests", choices=["true", "imagined"], default="true", help="whose passing is the reward"
    )
    parser.add_argument("--matrix", type=Path, default=MATRIX, help="what filter_quality wrote")
    parser.add_argument("--minutes", type=float, default=6.0, help="of the training; then it is measured")
    parser.add_argument("--steps", type=int, default=80, help="at most")
    parser.add_argument("--prompts", type=int, default=16, help="of a step")
    parser.add_argument("--samples", type=int, default=8, help="of a prompt")
    parser.add_argument("--device-batch", type=int, default=16, help="samples of one pass")
    parser.add_argument("--tokens", type=int, default=256, help="of an answer")
    parser.add_argument("--lr", type=float, default=3e-6)
    parser.add_argument("--measure-every", type=int, default=20, help="steps")
    parser.add_argument("--held-out", type=int, help="questions of each data set (default: all)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-o", "--out", type=Path, default=report.OUT / "real_rl")
    return parser.parse_args()


def _questions() -> Iterator[LoopQuestion]:
    """Yield the problems: half of MBPP to train on, which a seed chooses, the other half and HumanEval to measure."""
    mbpp = list(workload.rows(workload.MBPP))
    random.Random(0).shuffle(mbpp)  # the same halves for every run
    half = len(mbpp) // 2
    splits = [Split.TRAIN] * half + [Split.HELD_OUT] * (len(mbpp) - half)
    family = [(row, Split.HELD_OUT_FAMILY) for row in workload.rows(workload.HUMANEVAL)]
    own = {one.suite.id: one.source for path in DATA for one in workload.canonical(path)}
    for row, split in [*zip(mbpp, splits, strict=True), *family]:
        try:
            question = question_of({**row, "entry_point": row["entry_point"].strip()}, split)
        except ValueError as error:
            print(f"{row['task_id']} is left out: {error}")
        else:
            yield question.model_copy(update={"program": own[row["task_id"]]})


def without_wrong_programs(questions: Sequence[LoopQuestion]) -> list[LoopQuestion]:
    """Return the questions whose own program passes its tests."""
    results = judge_sync([one.program for one in questions], [one.tests for one in questions])
    kept = [one for one, result in zip(questions, results, strict=True) if result.pass_rate == 1.0]
    print(f"{len(questions) - len(kept)} of {len(questions)} left out: their own program fails their tests")
    return kept


def _prompts(options: argparse.Namespace, questions: Sequence[LoopQuestion]) -> list[dict[str, Any]]:
    """Return the rows of the training."""
    if options.tests == "true":
        return [_row(one, one.tests) for one in questions if one.split is Split.TRAIN]
    by_id = {one.id: one for one in questions}
    kept = {problem.task: _kept_tests(problem) for problem in filter_matrix.load(options.matrix)}
    return [
        _row(by_id[name], tests) for name, tests in kept.items() if name in by_id and len(tests) >= MIN_TESTS
    ]


def _kept_tests(problem: filter_matrix.FilterProblem) -> list[str]:
    """Return the imagined tests that the filter keeps; its solvers are the recorded programs of the 0.5B model."""
    kept = []
    for writer, tests in problem.tests.items():
        matrix = FilterMatrix(problem.rows(writer, problem.samples[SAMPLES]))
        decisions = decide_by_posterior(matrix) if matrix.judged and tests else []
        kept += [test for test, decision in zip(tests, decisions, strict=False) if decision.dropped is None]
    return kept


def _row(question: LoopQuestion, tests: Sequence[str]) -> dict[str, Any]:
    return {
        "prompt": [{"role": "user", "content": question.text}],
        "ground_truth": json.dumps({"id": question.id, "asserts": list(tests)}),
        "canary": False,
        "canary_test": None,
        "question": question.id,
    }


def _train(options: argparse.Namespace, prompts: list[dict[str, Any]], held_out: list[LoopQuestion]) -> None:
    clock = StepClock(options.out / "steps.jsonl", time.monotonic() + 60 * options.minutes)

    def trainer(**arguments: Any) -> TimedTrainer:  # noqa: ANN401
        clock.trainer = TimedTrainer(**{**arguments, "callbacks": [*arguments["callbacks"], clock]})
        return clock.trainer

    training.GRPOTrainer = trainer  # type: ignore[assignment, misc]  # the loop's own training, with clocks
    rl = RlOptions(
        runs=["rule"], steps=options.steps, prompts_per_step=options.prompts, samples_per_prompt=options.samples,
        lr=options.lr, device_batch=options.device_batch, measure_every=options.measure_every, canary_share=0.0,
    )  # fmt: skip
    alarms = training.train(
        RlTask(
            run="rule", options=rl, policy=options.policy, prompts=prompts, held_out=held_out, folder=options.out,
            longest_answer=options.tokens, seed=options.seed, make_sampler=partial(_sampler, options),
        )
    )  # fmt: skip
    print(f"alarms: {alarms}")


def _sampler(options: argparse.Namespace, model: Any, tokenizer: Any) -> Sampler:  # noqa: ANN401
    policy = Policy(model, tokenizer)

    def answers(texts: Sequence[str], *, n: int, temperature: float) -> list[list[str]]:
        start = now()
        found = sample(policy, texts, n=n, temperature=temperature, max_tokens=options.tokens, seed=7)
        print(f"{n * len(texts)} answers at temperature {temperature} in {now() - start:.1f} s", flush=True)
        return found

    return answers


def _result(folder: Path, held_out: Sequence[LoopQuestion]) -> dict[str, Any]:
    """Return what a run gained, and where its time went."""
    points = MeasurementFile(folder / "points.jsonl").read()
    steps = [json.loads(line) for line in (folder / "steps.jsonl").read_text(encoding="utf-8").splitlines()]
    first, last = points[0], points[-1]

    def shares(values: dict[str, Any]) -> dict[str, Any]:
        return {split: share.model_dump() for split, share in values.items()}

    return {
        "steps": len(steps),
        "points": [point(one, held_out).model_dump() for one in points],
        "lift": shares(difference(last.sampled, first.sampled, held_out)),
        "greedy_lift": shares(difference(last.greedy, first.greedy, held_out)),
        "mean_of_steps": {
            name: fmean(step[name] for step in steps)
            for name in ("generate_s", "reward_s", "step_s", "reward")
        },
        "wall_s": last.wall_s,
        "reward_wait_s": last.reward_wait_s,
        "measure_s": last.measure_s,
    }


if __name__ == "__main__":
    raise SystemExit(main())
