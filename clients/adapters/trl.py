"""Rewards completions for TRL (GRPO and RLOO): ``--reward_funcs acecoder.adapters.trl.pass_rate``.

``pass_rate`` and ``pass_rate_async`` reward by tests, ``rm_score`` by the reward model. Several in ``reward_funcs``
are summed with ``reward_weights``. TRL runs ``async`` functions of one batch concurrently, and others one after the
other.

The reward is ``None`` where there is no verdict or score. TRL leaves a sample out only if all its rewards are
``None``; its advantage is then 0. So is that of a canary: a row whose column ``canary`` is true has no reward, by any
of these functions. While a service is unavailable the training pauses: ``clients.adapters.outages``.
"""

from collections.abc import Awaitable, Callable, Sequence
from statistics import fmean
from typing import Any, Unpack

from clients.adapters.scores import score
from clients.adapters.trl_samples import StepSamples
from clients.adapters.verdicts import ground_truths_of, judge, judge_sync, metrics_of, reward_of
from clients.contract import CandidateResult
from clients.monitor import RewardMonitor
from clients.requests import RequestOptions

Log = Callable[[str, float], None]
Rewards = list[float | None]


def pass_rate(completions: Sequence[object], log_metric: Log | None = None, **row: Any) -> Rewards:
    """Reward completions by the tests in their rows."""
    return _rewards(judge_sync(completions, ground_truths_of(row)), log_metric, row)


async def pass_rate_async(
    completions: Sequence[object], log_metric: Log | None = None, **row: Any
) -> Rewards:
    """Reward completions by the tests in their rows, concurrently with other async reward functions."""
    return _rewards(await judge(completions, ground_truths_of(row)), log_metric, row)


async def rm_score(completions: Sequence[object], prompts: Sequence[object], **row: Any) -> Rewards:
    """Reward completions by the raw scores of the reward model; the trainer has to normalise them."""
    return _without_canaries(await score(prompts, completions), row)


def monitored(monitor: RewardMonitor, **options: Unpack[RequestOptions]) -> Callable[..., Rewards]:
    """Return ``pass_rate`` as a reward function whose samples a monitor watches.

    ``options`` are those of ``Executor.execute``, for instance ``reward="binary"``; they replace ``ACECODER_OPTIONS``.

    A column ``canary`` says which rows have a wrong expectation (default: none), and ``canary_test`` in which test. An
    alarm that is to stop the run is raised in the trainer as ``RewardAlarmError``, with the first samples of the step
    after.
    """
    samples = StepSamples(monitor)

    def pass_rate_monitored(
        completions: Sequence[object], log_metric: Log | None = None, **row: Any
    ) -> Rewards:
        samples.begin(row)
        results = judge_sync(completions, ground_truths_of(row), **options)
        samples.add(results, completions, row)
        return _rewards(results, log_metric, row, **options)

    pass_rate_monitored.__name__ = pass_rate.__name__  # TRL names the reward's metrics by it
    return pass_rate_monitored


def monitored_with_rm(
    monitor: RewardMonitor, **options: Unpack[RequestOptions]
) -> tuple[Callable[..., Awaitable[Rewards]], Callable[..., Awaitable[Rewards]]]:
    """Return ``pass_rate_async`` and ``rm_score`` as reward functions whose samples and scores a monitor watches.

    Give both to the trainer, in any order: each waits for the other. A sample that lacks a verdict or a score has no
    reward by either; TRL would count the missing one as 0 in a sum. ``reward_weights=[0, 1]`` rewards by the reward
    model alone; the tests are then still run, and the monitor compares the two.
    """
    samples = StepSamples(monitor)

    async def pass_rate_monitored(
        completions: Sequence[object], log_metric: Log | None = None, **row: Any
    ) -> Rewards:
        samples.begin(row)
        judged = await judge(completions, ground_truths_of(row), **options)
        results, scores = await samples.join(completions, row, results=judged)
        rewards = _rewards(results, log_metric, row, **options)
        return [None if score is None else reward for reward, score in zip(rewards, scores, strict=True)]

    async def rm_score_monitored(
        completions: Sequence[object], prompts: Sequence[object], **row: Any
    ) -> Rewards:
        scored = await score(prompts, completions)
        results, scores = await samples.join(completions, {**row, "prompts": prompts}, scores=scored)
        judged = [reward_of(result, **options) for result in results]
        rewards = [None if reward is None else score for reward, score in zip(judged, scores, strict=True)]
        return _without_canaries(rewards, row)

    pass_rate_monitored.__name__, rm_score_monitored.__name__ = pass_rate.__name__, rm_score.__name__
    return pass_rate_monitored, rm_score_monitored


def _rewards(
    results: Sequence[CandidateResult],
    log_metric: Log | None,
    row: dict[str, Any],
    **options: Unpack[RequestOptions],
) -> Rewards:
    if log_metric is not None and results:
        for name in metrics_of(results[0]):
            log_metric(f"acecoder/{name}", fmean(metrics_of(result)[name] for result in results))
    return _without_canaries([reward_of(result, **options) for result in results], row)


def _without_canaries(rewards: Rewards, row: dict[str, Any]) -> Rewards:
    canaries = row.get("canary") or [False] * len(rewards)
    return [None if is_canary else reward for reward, is_canary in zip(rewards, canaries, strict=True)]
