"""Judges labelled samples for APIs that have no field to say "no reward", so that a bad row costs itself alone.

A row is bad if its tests cannot be used: no program is at fault. By default its request is refused. The option
``bad_row_reward`` in the URL names the reward that such a row gets instead: the user's choice, since these APIs take
nothing but a number. Until a row of any request of the process was usable it is refused all the same: perhaps the
column is the wrong one, and every row would get that reward in silence.
"""

import asyncio
from collections.abc import Sequence
from typing import Annotated

import structlog
from pydantic import Field
from starlette.requests import Request

from clients.contract import CandidateResult, Slug
from services.common.problem_error import ProblemError
from services.executor.routes import labelled
from services.executor.routes.foreign import Judge
from services.executor.routes.labelled import LabelledSample, refuse_unscorable, request_of
from services.executor.routes.options import JudgingOptions
from services.executor.settings import ExecutorSettings

MAX_REWARD = 1e6
"""Far above every reward; a number without a bound could be one that JSON does not have."""


class RowOptions(JudgingOptions):
    """The options in the URL of an API that takes one reward for each row."""

    bad_row_reward: Annotated[float, Field(ge=-MAX_REWARD, le=MAX_REWARD)] | None = None
    """The reward of a row whose tests cannot be used; default: its request is refused."""


class RowJudge:
    """Judges the samples of one API, and knows whether any row of this process was usable."""

    def __init__(self, judge: Judge, settings: ExecutorSettings, budget_s: float) -> None:
        self._judge = judge
        self._settings = settings
        self._budget_s = budget_s
        self._is_any_usable = False

    async def judge(
        self, samples: Sequence[LabelledSample], options: RowOptions, sender: Request
    ) -> list[CandidateResult | None]:
        """Return the result of each sample; ``None`` for a bad row, which is to get ``options.bad_row_reward``.

        Raises:
            ProblemError: a sample has no verdict, or the request is wrong; or a row is bad, and there is no reward for
                it or no row was usable yet.
            ClientGoneError: the client hung up.
        """
        outcomes = await self._outcomes(samples, options, sender)
        errors = [outcome for outcome in outcomes if isinstance(outcome, ProblemError)]
        self._is_any_usable |= len(errors) < len(outcomes)
        if errors and not self._is_any_usable:
            raise errors[0]
        for error in errors:
            structlog.get_logger().warning(
                "bad row; it gets bad_row_reward", reward=options.bad_row_reward, error=error.detail
            )
        return [None if isinstance(outcome, ProblemError) else outcome for outcome in outcomes]

    async def _outcomes(
        self, samples: Sequence[LabelledSample], options: RowOptions, sender: Request
    ) -> list[CandidateResult | ProblemError]:
        """Return the result of each sample, or why its row is bad."""
        try:
            execution = request_of(samples, options, self._settings)
            results = await self._judge.judge(execution, budget_s=self._budget_s, sender=sender)
            refuse_unscorable(results)
        except ProblemError as error:
            if options.bad_row_reward is None or not is_about_row(error, [each.where for each in samples]):
                raise
            if len(samples) == 1:
                return [error]
        else:
            return list(results)
        parts = await asyncio.gather(*(self._outcomes([sample], options, sender) for sample in samples))
        return [outcome for part in parts for outcome in part]


def reward_of(result: CandidateResult | None, options: RowOptions) -> float:
    """Return the reward of a result of ``RowJudge.judge``."""
    if result is None:
        assert options.bad_row_reward is not None
        return options.bad_row_reward
    return labelled.reward_of(result, options)


def is_about_row(error: ProblemError, labels: Sequence[str]) -> bool:
    """Whether a request is refused because of a row's tests, which no option causes; ``labels`` are their fields."""
    if error.slug is Slug.INVALID_SUITE:
        return True
    return error.slug is Slug.INVALID_REQUEST and any(
        fault.field in labels or fault.field.startswith("suites[") for fault in error.errors
    )
