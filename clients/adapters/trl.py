"""TRL: ``--reward_funcs clients.adapters.trl.pass_rate`` for GRPO and RLOO; ``None`` where there is no verdict.

With a second reward function beside it, let that one answer ``None`` for the same samples: TRL drops a sample only
if all of its rewards are.
"""

from collections.abc import Callable, Sequence
from statistics import fmean
from typing import Any

from clients.adapters.verdicts import judge, judge_sync, numbers_of, reward_of, truths_of
from clients.contract import CandidateResult

Log = Callable[[str, float], None]


def pass_rate(completions: Sequence[object], log_metric: Log | None = None, **row: Any) -> list[float | None]:
    """Reward completions by the tests in their rows."""
    return _rewards(judge_sync(completions, truths_of(row)), log_metric)


async def pass_rate_async(
    completions: Sequence[object], log_metric: Log | None = None, **row: Any
) -> list[float | None]:
    """The same, for TRL to run beside other async reward functions."""
    return _rewards(await judge(completions, truths_of(row)), log_metric)


def _rewards(results: list[CandidateResult], log_metric: Log | None) -> list[float | None]:
    if log_metric is not None and results:
        for name in numbers_of(results[0]):
            log_metric(f"acecoder/{name}", fmean(numbers_of(each)[name] for each in results))
    return [reward_of(result) for result in results]
