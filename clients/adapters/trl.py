"""Rewards completions for TRL (GRPO and RLOO): ``--reward_funcs acecoder.adapters.trl.pass_rate``.

``pass_rate`` and ``pass_rate_async`` reward by tests, ``rm_score`` by the reward model. Several in ``reward_funcs``
are summed with ``reward_weights``. TRL runs ``async`` functions of one batch concurrently, and others one after the
other.

The reward is ``None`` where there is no verdict or score, for a fault of the service or of the row
(``clients.adapters.rows``). TRL leaves a sample out only if all its rewards are ``None``; its advantage is then 0. So
is that of a canary: a row whose column ``canary`` is true has no reward, by any of these functions. While a service
is unavailable the training pauses: ``clients.adapters.outages``.
"""

from collections.abc import Awaitable, Callable, Sequence
from statistics import fmean
from typing import Any, Unpack

from clients.adapters.columns import canaries_of, ground_truths_of, names_of_rows
from clients.adapters.scores import score
from clients.adapters.trl_samples import StepSamples
from clients.adapters.verdicts import judge, judge_sync, metrics_of, reward_of
from clients.contract import CandidateResult
from clients.monitor import RewardMonitor
from clients.requests import RequestOptions

Log = Callable[[str, float], None]
Rewards = list[float | None]
_OF_ALL = ("unscorable", "bad_row")
"""Metrics whose mean is over all samples; that of the others is over samples with a reward."""


def pass_rate(completions: Sequence[object], log_metric: Log | None = None, **row: Any) -> Rewards:
    """Reward completions by the tests in their rows."""
    canaries = canaries_of(row, len(completions))
    names = names_of_rows(row, len(completions))
    return _rewards(judge_sync(completions, ground_truths_of(row), names=names), log_metric, canaries)


async def pass_rate_async(
    completions: Sequence[object], log_metric: Log | None = None, **row: Any
) -> Rewards:
    """Reward completions by the tests in their rows, concurrently with other async reward functions."""
    canaries = canaries_of(row, len(completions))
    names = names_of_rows(row, len(completions))
    return _rewards(await judge(completions, ground_truths_of(row), names=names), log_metric, canaries)


async def rm_score(completions: Sequence[object], prompts: Sequence[object], **row: Any) -> Rewards:
    """Reward completions by the raw scores of the reward model; the trainer has to normalise them."""
    canaries = canaries_of(row, len(completions))
    return _without_canaries(await score(prompts, completions), canaries)


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
        canaries = canaries_of(row, len(completions))
        samples.begin(row)
        names = names_of_rows(row, len(completions))
        results = judge_sync(completions, ground_truths_of(row), names=names, **options)
        samples.add(results, completions, row)
        return _rewards(results, log_metric, canaries, **options)

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
        canaries = canaries_of(row, len(completions))
        samples.begin(row)
        names = names_of_rows(row, len(completions))
        judged = await judge(completions, ground_truths_of(row), names=names, **options)
        results, scores = await samples.join(completions, row, results=judged)
        rewards = _rewards(results, log_metric, canaries, **options)
        return [None if score is None else reward for reward, score in zip(rewards, scores, strict=True)]

    async def rm_score_monitored(
        completions: Sequence[object], prompts: Sequence[object], **row: Any
    ) -> Rewards:
        canaries = canaries_of(row, len(completions))
        scored = await score(prompts, completions)
        results, scores = await samples.join(completions, {**row, "prompts": prompts}, scores=scored)
        judged = [reward_of(result, **options) for result in results]
        rewards = [None if reward is None else score for reward, score in zip(judged, scores, strict=True)]
        return _without_canaries(rewards, canaries)

    pass_rate_monitored.__name__, rm_score_monitored.__name__ = pass_rate.__name__, rm_score.__name__
    return pass_rate_monitored, rm_score_monitored


def _rewards(
    results: Sequence[CandidateResult],
    log_metric: Log | None,
    canaries: Sequence[bool],
    **options: Unpack[RequestOptions],
) -> Rewards:
    rewards = [reward_of(result, **options) for result in results]
    if log_metric is not None and results:
        metrics = [metrics_of(result) for result in results]
        rewarded = [each for each, reward in zip(metrics, rewards, strict=True) if reward is not None]
        for name in metrics[0]:
            if values := [each[name] for each in (metrics if name in _OF_ALL else rewarded)]:
                log_metric(f"acecoder/{name}", fmean(values))
    return _without_canaries(rewards, canaries)


def _without_canaries(rewards: Rewards, canaries: Sequence[bool]) -> Rewards:
    return [None if is_canary else reward for reward, is_canary in zip(rewards, canaries, strict=True)]
