"""Trains a policy by RL with TRL's ``GRPOTrainer`` on rewards of the running services.

The trainer is TRL's. Ours are the reward functions, the monitor, and a callback that measures held-out pass@1. In the
folder of a run: ``policy/`` (the trained policy), ``points.jsonl`` (measurements), ``rewards.jsonl`` (the monitor's
steps), ``alarms.jsonl``, ``checkpoints/``. A run that was interrupted goes on from its last checkpoint; what was
written after it is written again. An alarm whose action is to stop ends the run, with what was learned so far.
"""

import json
import logging
import warnings
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from transformers import PrinterCallback, TrainerCallback
from transformers.trainer_utils import get_last_checkpoint
from trl.trainer.grpo_config import GRPOConfig
from trl.trainer.grpo_trainer import GRPOTrainer

from clients.monitor import RewardAlarmError, RewardMonitor
from loop.rl.measuring import HeldOutCallback
from loop.rl.points import MeasurementFile
from loop.rl.presets import grpo_arguments
from loop.rl.rewards import WaitClock, reward_functions
from loop.rl.task import RlTask

_LOG = logging.getLogger("acecoder")
CHECKPOINTING = (
    "activation_checkpointing"
    if hasattr(GRPOConfig, "activation_checkpointing")
    else "gradient_checkpointing"
)
"""The option of activation checkpointing: transformers 5.17 knows it by its old name alone."""


def train(task: RlTask) -> list[str]:
    """Train, or go on training; return the alarms of the run.

    Raises:
        AceCoderError: a service refuses requests, or is away for longer than the adapters wait.
        ValueError: options do not fit together, or there are fewer prompts than a step needs.
    """
    if len(task.prompts) < task.options.prompts_per_step:
        raise ValueError(
            f"rl.prompts_per_step={task.options.prompts_per_step}, and the data set has {len(task.prompts)} prompts, "
            f"canaries among them; lower it, or synthesise more questions"
        )
    checkpoints = task.folder / "checkpoints"
    checkpoint = _last_checkpoint(checkpoints)
    done = _done_updates(checkpoint) // task.options.updates_per_step
    points = MeasurementFile(task.folder / "points.jsonl")
    points.drop_after(done if checkpoint else -1)
    _drop_steps(task.folder / "rewards.jsonl", _done_updates(checkpoint))
    before = points.read()
    clock = WaitClock(before[-1].reward_wait_s if before else 0.0)
    with RewardMonitor(task.folder / "rewards.jsonl", thresholds=task.thresholds) as monitor:
        trainer = _trainer(task, monitor, clock, checkpoints)
        measuring = HeldOutCallback(task, trainer, points, clock)
        trainer.add_callback(measuring)
        try:
            with warnings.catch_warnings():
                # TRL reads the old name of an option before each generation: a line a step.
                warnings.filterwarnings("ignore", ".*gradient_checkpointing.* is deprecated", FutureWarning)
                trainer.train(resume_from_checkpoint=checkpoint)
            monitor.close()  # finishes the last step
        except RewardAlarmError as alarm:
            _LOG.warning("run %s stops: %s", task.run, alarm)
            measuring.measure()
        _save_policy(trainer, task.folder / "policy")
    return _alarms(task.folder / "alarms.jsonl")


def _trainer(task: RlTask, monitor: RewardMonitor, clock: WaitClock, checkpoints: Path) -> GRPOTrainer:
    options = task.options
    arguments = grpo_arguments(options, task.run, longest_answer=task.longest_answer, seed=task.seed)
    arguments[CHECKPOINTING] = torch.cuda.is_available()  # memory is no matter where the policy is small
    config = GRPOConfig(
        output_dir=str(checkpoints),
        save_strategy="steps",
        save_steps=options.measure_every * options.updates_per_step,
        save_total_limit=1,
        logging_steps=1,
        report_to=[],
        disable_tqdm=True,
        bf16=torch.cuda.is_available(),
        dataloader_pin_memory=torch.cuda.is_available(),
        # Weights and states of the optimiser; bf16 above is that of products. Frozen weights need no more than bf16.
        model_init_kwargs={"dtype": "bfloat16" if options.lora else "float32"},
        **arguments,
    )
    trainer = GRPOTrainer(
        model=str(task.policy),
        reward_funcs=reward_functions(task.run, monitor, clock),
        args=config,
        train_dataset=Dataset.from_list(list(task.prompts)),
        callbacks=[_StepCallback(task)],
        peft_config=adapters(options.lora) if options.lora else None,
    )
    trainer.remove_callback(PrinterCallback)  # it prints every log; the progress is the caller's
    return trainer


def adapters(rank: int) -> Any:
    """Return the configuration of adapters for all linear layers, with twice the rank as their scale."""
    from peft import LoraConfig  # noqa: PLC0415 - only adapters need it

    return LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear", task_type="CAUSAL_LM")


def _save_policy(trainer: GRPOTrainer, folder: Path) -> None:
    """Write the trained policy as a model of its own; adapters are added to the weights."""
    model = trainer.accelerator.unwrap_model(trainer.model)
    if hasattr(model, "merge_and_unload"):
        model.merge_and_unload().save_pretrained(str(folder))
        assert trainer.processing_class is not None  # the trainer loads it with the policy
        trainer.processing_class.save_pretrained(str(folder))
    else:
        trainer.save_model(str(folder))


class _StepCallback(TrainerCallback):
    """Reports how many steps are finished: at the beginning of a step, too, which may take minutes."""

    def __init__(self, task: RlTask) -> None:
        self._task = task

    def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._report(state)

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._report(state)

    def _report(self, state: Any) -> None:
        self._task.on_step(state.global_step // self._task.options.updates_per_step)


def _last_checkpoint(folder: Path) -> str | None:
    checkpoint: str | None = get_last_checkpoint(str(folder)) if folder.exists() else None  # type: ignore[no-untyped-call]
    return checkpoint


def _done_updates(checkpoint: str | None) -> int:
    return int(Path(checkpoint).name.rpartition("-")[2]) if checkpoint else 0


def _alarms(path: Path) -> list[str]:
    """Return the alarms of the whole run; one that a resumed training raised again is one."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return list(dict.fromkeys(json.loads(line)["text"] for line in lines))


def _drop_steps(path: Path, done_updates: int) -> None:
    """Remove the monitor's lines of steps that are trained again."""
    if path.exists():
        lines = path.read_text(encoding="utf-8").splitlines()
        kept = [line for line in lines if json.loads(line)["step"] < done_updates]
        path.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")
