"""Judges completions by ground truths and computes rewards from the results; every adapter uses it.

The address and the key of the service are read as by every client (``ACECODER_URL``, ``ACECODER_TOKEN``). Other
options of a request come from ``ACECODER_OPTIONS``: JSON of the options of ``clients.Executor.execute``, for instance
``{"reward": "signed", "environment": "scientific", "limits": {"cpu_s": 4}}``. All of them are read at the first call.

A ground truth may have any shape that ``clients.testspecs`` knows. A row that cannot be judged has no verdict and no
reward, and costs no other row: ``clients.adapters.rows``. Where a framework has no value for "no reward", the row is
an error, unless ``ACECODER_BAD_ROW_REWARD`` gives it one.

If the service is unavailable, or gives no verdict on any candidate of a call, the call waits and is repeated:
``clients.adapters.outages``.
"""

import json
import os
from collections.abc import Sequence
from functools import cache, partial
from math import isfinite
from typing import Any, Unpack

from clients._transport import portal
from clients._transport.refusals import CAUSED_BY_ITEMS, PartialRequest
from clients.adapters.bad_row_reports import BadRowReports
from clients.adapters.columns import RowNames
from clients.adapters.outages import OutageGuard
from clients.adapters.rows import BAD_ROWS, RewardRows
from clients.contract import CandidateResult, ExecutionRequest, UnscorableReason
from clients.errors import NoVerdictError
from clients.executor import AsyncExecutor
from clients.requests import RequestOptions, build_request

BAD_ROWS_BEFORE_A_GOOD_ONE = 7
"""Different bad rows of a process, with ``ACECODER_BAD_ROW_REWARD``, that are no error although no row was usable yet:
frameworks that have no value for "no reward" give one sample at a time, and the first may be those of a bad row."""


async def judge(
    completions: Sequence[object],
    truths: Sequence[object],
    *,
    names: RowNames | None = None,
    **options: Unpack[RequestOptions],
) -> list[CandidateResult]:
    """Judge each completion (text or messages) by the ground truth at its position; equal ones share a suite.

    A row whose completion or ground truth cannot be used has no verdict (reason ``bad_row``, or ``invalid_suite`` if
    only running its tests showed it); ``names`` are for messages about it.

    Raises:
        TypeError: ``completions`` is one text.
        ValueError: there is not one ground truth for each completion; or no row can be used, and none could before.
        AceCoderError: the service refuses the request, or is unavailable for longer than ``ACECODER_PAUSE_S``.
    """
    rows = RewardRows(completions, truths, names)
    if not rows.texts:
        return []
    _reports().check_read(rows)
    judged = await _judge_readable(rows, {**_options_from_env(), **options}) if rows.readable else []
    results = rows.results(judged)
    _reports().report(rows, results)
    return results


async def _judge_readable(rows: RewardRows, options: RequestOptions) -> list[CandidateResult]:
    """Judge the readable rows. Those whose tests the service refuses are left out, and the others are sent again."""
    part = PartialRequest(rows.request(options))
    while not part.is_empty:
        try:
            return part.results(await _guard().call(partial(_execute, part.request), _is_outage))
        except CAUSED_BY_ITEMS as error:
            if not part.refuse(error) or (part.is_empty and _reports().is_error_of_all(rows)):
                raise
    return part.results([])


async def _execute(request: ExecutionRequest) -> list[CandidateResult]:
    return (await _executor().execute_request(request)).results


def judge_sync(
    completions: Sequence[object],
    truths: Sequence[object],
    *,
    names: RowNames | None = None,
    **options: Unpack[RequestOptions],
) -> list[CandidateResult]:
    """Do what ``judge`` does, for synchronous code. It also works inside a running event loop."""
    return portal.run(partial(judge, completions, truths, names=names, **options))


def reward_of(result: CandidateResult, **options: Unpack[RequestOptions]) -> float | None:
    """Return the reward: ``None`` if the service failed or the row is bad, the policy's lowest for ``invalid_input``.

    ``options`` are those that ``judge`` was called with.
    """
    if result.reason is UnscorableReason.INVALID_INPUT:
        return build_request([], ["assert x"], {**_options_from_env(), **options}).reward.lowest
    return result.reward


def require_reward(result: CandidateResult) -> float:
    """Return the reward, for a framework that does not accept ``None``; of a bad row, ``ACECODER_BAD_ROW_REWARD``.

    Raises:
        NoVerdictError: there is no verdict, so there is no reward.
        ValueError: ``ACECODER_BAD_ROW_REWARD`` is not a number.
    """
    reward = reward_of(result)
    is_bad_row = result.reason in BAD_ROWS
    if reward is None and is_bad_row:
        reward = bad_row_reward()
    if reward is None:
        advice = (
            "; correct the row, drop it from the data set, or set ACECODER_BAD_ROW_REWARD to the reward that such "
            "rows get"
        )
        raise NoVerdictError(f"no verdict ({result.reason}): {result.detail}{advice if is_bad_row else ''}")
    return reward


class NoReward:
    """Takes the place of a reward that does not exist: ``torch.tensor([reward])`` raises the error."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __len__(self) -> int:
        raise self._error

    def __getitem__(self, at: int) -> float:
        raise self._error


def bad_row_reward() -> float | None:
    """Return the reward of rows that cannot be judged, from ``ACECODER_BAD_ROW_REWARD``; ``None`` if it is not set.

    Raises:
        ValueError: it is not a number.
    """
    text = os.environ.get("ACECODER_BAD_ROW_REWARD")
    if not text:
        return None
    try:
        reward = float(text)
    except ValueError:
        reward = float("nan")
    if not isfinite(reward):
        raise ValueError(
            f"ACECODER_BAD_ROW_REWARD={text!r}: give a number, the reward of rows that cannot be judged"
        )
    return reward


def with_default_limits(**limits: float) -> dict[str, Any]:
    """Return ``limits``, in which limits from ``ACECODER_OPTIONS`` replace those of the same name."""
    return {**limits, **dict(_options_from_env().get("limits") or {})}


def metrics_of(result: CandidateResult) -> dict[str, float]:
    """Return the numbers of a result that a trainer logs. Every result has the same keys."""
    return {
        "pass_rate": float(result.pass_rate or 0.0),
        "cpu_s": float(result.cpu_s),
        "time_limits": float(sum(test.outcome == "time_limit" for test in result.tests)),
        "unscorable": float(reward_of(result) is None),
        "bad_row": float(result.reason in BAD_ROWS),
    }


_OUTAGES = frozenset((UnscorableReason.DEADLINE, UnscorableReason.QUEUE_UNAVAILABLE))
"""Reasons that a candidate is not the cause of, unless it alone takes longer than a request's deadline."""


def _is_outage(results: Sequence[CandidateResult]) -> bool:
    """Whether there is no verdict on any candidate, and the service did not get to some of them."""
    return all(result.reason for result in results) and any(result.reason in _OUTAGES for result in results)


@cache
def _executor() -> AsyncExecutor:
    return AsyncExecutor()


@cache
def _reports() -> BadRowReports:
    return BadRowReports(BAD_ROWS_BEFORE_A_GOOD_ONE if bad_row_reward() is not None else 0)


@cache
def _guard() -> OutageGuard:
    return OutageGuard("executor")


@cache
def _options_from_env() -> RequestOptions:
    text = os.environ.get("ACECODER_OPTIONS") or "{}"
    try:
        options: RequestOptions = json.loads(text)
        build_request([], ["assert x"], options)  # raises if an option is wrong
    except (ValueError, TypeError) as error:
        raise ValueError(f"ACECODER_OPTIONS={text!r}: {error}") from error
    return options
