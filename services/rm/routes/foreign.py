"""Scores the rows of one request of a foreign API, or refuses the request.

Waits while the queue is full, for as long as the client waits: after a 429 some clients end the training run, because
they try again only after a 5xx. ``scored`` decides the answer to a row without a score.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from clients.contract import Slug
from clients.contract.scoring import Group, ScoringRequest
from services.common.bodies import read_as
from services.common.problem_error import ProblemError
from services.common.tickets import ticket_of
from services.rm.routes.inputs import Cut, Row, items_of_rows
from services.rm.routes.options import ChatOptions
from services.rm.routes.scored import RETRY_AFTER_S, RowResult, ScoredRow, all_scored
from services.rm.serving.scoring import Scoring
from services.rm.settings import RmSettings
from services.rm.tokens.items import ScoringItem

POLL_S = 0.5
"""How often a request that waits for room in the queue tries again."""
_MIN_DEADLINE_S = 0.01
"""A deadline must be above 0."""

Message = TypeVar("Message", bound=BaseModel)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RequestScorer:
    """Scores the requests of all foreign APIs of one process."""

    scoring: Scoring
    settings: RmSettings

    @property
    def model(self) -> str:
        """The name of the served model."""
        return self.scoring.backend.info.model

    async def read(self, request: Request, message: type[Message]) -> Message:
        """Read the request's body as ``message``.

        Raises:
            ProblemError: the body is too large, or is not such a message.
        """
        return await read_as(request, message, self.settings.max_body_bytes)

    async def score_rows(
        self,
        request: Request,
        rows: Sequence[Row],
        field: str,
        *,
        add_special_tokens: bool = True,
        cut: Cut | None = None,
        budget_s: float | None = None,
    ) -> list[ScoredRow]:
        """Score texts that a template has rendered already, or token ids.

        Raises:
            ProblemError: a row has no score; it is named by ``field`` and its index.
        """
        ends_at = time.monotonic() + (budget_s or self.settings.deadline_s)
        items = await asyncio.to_thread(
            items_of_rows, rows, self.scoring.backend, add_special_tokens=add_special_tokens, cut=cut
        )
        left_s = max(ends_at - time.monotonic(), _MIN_DEADLINE_S)
        return await self._score_items(request, items, lambda index: f"{field}[{index}]", left_s)

    async def _score_items(
        self, request: Request, items: Sequence[ScoringItem], where: Callable[[int], str], budget_s: float
    ) -> list[ScoredRow]:
        answers = await self._when_there_is_room(
            request,
            len(items),
            budget_s,
            lambda left_s: self.scoring.score_items(items, left_s, is_disconnected=request.is_disconnected),
        )
        results = [
            RowResult(
                answer.score.value,
                len(item.ids),
                0 if answer.cached else answer.score.computed,
                item.truncated,
                answer.score.error,
                answer.score.retryable,
            )
            for item, answer in zip(items, answers, strict=True)
        ]
        return all_scored(results, where)

    async def score_groups(
        self,
        request: Request,
        groups: Sequence[Group],
        options: ChatOptions,
        where: Callable[[int], str],
        *,
        budget_s: float | None = None,
    ) -> list[ScoredRow]:
        """Render conversations and score them; return the rows of all groups in one list.

        ``where`` returns the place in the request of the row at an index.

        Raises:
            ProblemError: a row has no score, or the format is unknown.
        """

        def respond(left_s: float) -> Awaitable[list[RowResult]]:
            return self._respond_to_groups(request, groups, options, left_s)

        count = sum(len(group.candidates) for group in groups)
        limit_s = budget_s or self.settings.deadline_s
        return all_scored(await self._when_there_is_room(request, count, limit_s, respond), where)

    async def _respond_to_groups(
        self, request: Request, groups: Sequence[Group], options: ChatOptions, left_s: float
    ) -> list[RowResult]:
        message = ScoringRequest(
            groups=list(groups), format=options.format, truncation=options.truncation, deadline_s=left_s
        )
        response = await self.scoring.respond(message, request.is_disconnected)
        return [
            RowResult(score.score, score.tokens, 0, score.truncated, score.error, score.retryable)
            for group in response.groups
            for score in group.scores
        ]

    async def _when_there_is_room(
        self, request: Request, count: int, limit_s: float, score: Callable[[float], Awaitable[T]]
    ) -> T:
        """Call ``score`` with the seconds left; while the queue is full, try again until ``limit_s`` have passed."""
        ends_at = time.monotonic() + limit_s
        is_counted = False
        while True:
            try:
                if not is_counted:
                    ticket_of(request).count_items(count, self.settings.max_candidates_per_key, "candidates")
                    is_counted = True
                return await score(max(ends_at - time.monotonic(), _MIN_DEADLINE_S))
            except ProblemError as error:
                if error.slug is not Slug.TOO_MANY_REQUESTS:
                    raise
                if time.monotonic() + POLL_S > ends_at or await request.is_disconnected():
                    raise ProblemError(Slug.QUEUE_FULL, error.detail, retry_after_s=RETRY_AFTER_S) from error
            await asyncio.sleep(POLL_S)

    def respond(
        self,
        body: Any,  # noqa: ANN401 - any JSON value
        rows: Sequence[ScoredRow] = (),
        *,
        activation: str = "none",
    ) -> Response:
        """Answer with JSON; headers carry what the API has no field for."""
        headers: Mapping[str, str] = {
            "X-Score-Activation": activation,
            "X-Model-Version": self.scoring.backend.info.version,
        }
        truncated = sum(row.truncated for row in rows)
        return JSONResponse(
            body, headers={**headers, **({"X-Truncated": str(truncated)} if truncated else {})}
        )
