"""Measures held-out pass@1 during a training, before its first step and after every ``measure_every`` steps."""

import time
from statistics import fmean
from typing import TYPE_CHECKING, Any

from transformers import TrainerCallback

from loop.rl.held_out import measure
from loop.rl.points import Measurement, MeasurementFile
from loop.rl.rewards import WaitClock
from loop.rl.task import RlTask

if TYPE_CHECKING:
    from trl.trainer.grpo_trainer import GRPOTrainer


class HeldOutCallback(TrainerCallback):
    """Measures the policy of one training, and keeps its clocks."""

    def __init__(
        self, task: RlTask, trainer: "GRPOTrainer", points: MeasurementFile, clock: WaitClock
    ) -> None:
        self._task, self._trainer, self._points, self._clock = task, trainer, points, clock
        self._began_at = time.monotonic()
        self._measured_at = -1
        before = points.read()
        self._wall_s = before[-1].wall_s if before else 0.0
        self._measure_s = before[-1].measure_s if before else 0.0

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Measure the base policy, unless the training is resumed."""
        self._measured_at = max((one.step for one in self._points.read()), default=-1)
        if self._measured_at < 0:
            self.measure()

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Measure if it is time, and at the end."""
        options = self._task.options
        step, rest = divmod(state.global_step, options.updates_per_step)
        if rest == 0 and (step % options.measure_every == 0 or step == options.steps):
            self.measure()

    def measure(self) -> None:
        """Measure the policy as it is now; a second time at one step has no effect."""
        task, trainer = self._task, self._trainer
        step = trainer.state.global_step // task.options.updates_per_step
        if step == self._measured_at:
            return
        began_at = time.monotonic()
        model = trainer.accelerator.unwrap_model(trainer.model)
        sample = task.make_sampler(model, trainer.processing_class)
        was_training = model.training
        model.eval()
        options = task.options
        sampled = measure(sample, task.held_out, n=options.measure_samples, temperature=options.temperature)
        greedy = measure(sample, task.held_out, n=1, temperature=0.0)
        model.train(was_training)
        now = time.monotonic()
        self._measure_s += now - began_at
        self._points.append(
            Measurement(
                step=step,
                sampled=sampled,
                greedy=greedy,
                training_reward=self._training_reward(step),
                reward_wait_s=self._clock.wait_s,
                measure_s=self._measure_s,
                wall_s=self._wall_s + now - self._began_at,
            )
        )
        self._measured_at = step

    def _training_reward(self, step: int) -> float | None:
        """Return the mean of the rewards that TRL has logged since the last measurement."""
        first = self._measured_at * self._task.options.updates_per_step
        rewards = [
            log["reward"]
            for log in self._trainer.state.log_history
            if log.get("reward") is not None and log["step"] > first
        ]
        return fmean(rewards) if rewards else None
