"""Rewards completions for TRL (GRPO and RLOO): ``--reward_funcs clients.adapters.trl.pass_rate``.

The reward is ``None`` where there is no verdict. TRL leaves a sample out only if all its rewards are ``None``. So a
second reward function should also return ``None`` for these samples.
"""

from collections.abc import Callable, Sequence
from statistics import fmean
from typing import Any

from clients.adapters.verdicts import ground_truths_of, judge, judge_sync, metrics_of, reward_of
from clients.contract import CandidateResult

Log = Callable[[str, float], None]


def pass_rate(completions: Sequence[object], log_metric: Log | None = None, **row: Any) -> list[float | None]:
    """Reward completions by the tests in their rows."""
    return _rewards(judge_sync(completions, ground_truths_of(row)), log_metric)


async def pass_rate_async(
    completions: Sequence[object], log_metric: Log | None = None, **row: Any
) -> list[float | None]:
    """Reward completions by the tests in their rows; TRL runs it concurrently with other async reward functions."""
    return _rewards(await judge(completions, ground_truths_of(row)), log_metric)


def _rewards(results: list[CandidateResult], log_metric: Log | None) -> list[float | None]:
    if log_metric is not None and results:
        for name in metrics_of(results[0]):
            log_metric(f"acecoder/{name}", fmean(metrics_of(result)[name] for result in results))
    return [reward_of(result) for result in results]
