"""Rewards completions for TRL (GRPO and RLOO): ``--reward_funcs acecoder.adapters.trl.pass_rate``.

The reward is ``None`` where there is no verdict. TRL leaves a sample out only if all its rewards are ``None``. So a
second reward function should also return ``None`` for these samples.
"""

from collections.abc import Callable, Sequence
from statistics import fmean
from typing import Any

from clients.adapters.verdicts import (
    completion_text,
    ground_truths_of,
    judge,
    judge_sync,
    metrics_of,
    reward_of,
)
from clients.contract import CandidateResult
from clients.monitor import RewardMonitor

Log = Callable[[str, float], None]


def pass_rate(completions: Sequence[object], log_metric: Log | None = None, **row: Any) -> list[float | None]:
    """Reward completions by the tests in their rows."""
    return _rewards(judge_sync(completions, ground_truths_of(row)), log_metric)


async def pass_rate_async(
    completions: Sequence[object], log_metric: Log | None = None, **row: Any
) -> list[float | None]:
    """Reward completions by the tests in their rows; TRL runs it concurrently with other async reward functions."""
    return _rewards(await judge(completions, ground_truths_of(row)), log_metric)


def monitored(monitor: RewardMonitor) -> Callable[..., list[float | None]]:
    """Return ``pass_rate`` as a reward function whose samples a monitor watches.

    A column ``canary`` says which rows have a wrong expectation (default: none), and ``canary_test`` in which test. An
    alarm that is to stop the run is raised in the trainer as ``RewardAlarmError``, with the first samples of the step
    after.
    """
    last_step: int | None = None

    def pass_rate_monitored(
        completions: Sequence[object],
        prompts: Sequence[object] = (),
        trainer_state: Any = None,
        log_metric: Log | None = None,
        **row: Any,
    ) -> list[float | None]:
        nonlocal last_step
        step = trainer_state.global_step if trainer_state is not None else (last_step or 0) + 1
        if last_step is not None and step != last_step:
            monitor.finish_step(last_step)
        last_step = step
        canaries = [bool(flag) for flag in row.pop("canary", None) or [False] * len(completions)]
        positions = row.pop("canary_test", None) or [None] * len(completions)
        results = judge_sync(completions, ground_truths_of(row))
        groups = [repr(prompt) for prompt in prompts] or [str(at) for at in range(len(results))]
        texts = list(map(completion_text, completions))
        monitor.add(step, results, groups, texts, canaries=canaries, canary_tests=positions)
        return _rewards(results, log_metric)

    pass_rate_monitored.__name__ = pass_rate.__name__  # TRL names the reward's metrics by it
    return pass_rate_monitored


def _rewards(results: list[CandidateResult], log_metric: Log | None) -> list[float | None]:
    if log_metric is not None and results:
        for name in metrics_of(results[0]):
            log_metric(f"acecoder/{name}", fmean(metrics_of(result)[name] for result in results))
    return [reward_of(result) for result in results]
