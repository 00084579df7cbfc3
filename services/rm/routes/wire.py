"""What the foreign wires share: options in the URL, patience, and the one path to scores.

A full queue is waited for within the client's own patience: 429 would end a training run in those clients that try
again after 5xx alone. What a wire says of a row without a score: ``scored``.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import JSONResponse, Response

from clients.contract import Slug
from clients.contract.scoring import Group, ScoringRequest, Truncation
from services.common.bodies import read_as
from services.common.gate import ticket_of
from services.common.problems import ProblemError
from services.rm.routes.inputs import Cut, Row, items_of_rows
from services.rm.routes.scored import RETRY_AFTER_S, Found, Scored, all_scored
from services.rm.serving.scoring import Scoring
from services.rm.settings import RmSettings
from services.rm.tokens.items import ScoringItem

LOOK_S = 0.5
"""How often a full queue is looked at."""

Message = TypeVar("Message", bound=BaseModel)
T = TypeVar("T")


class WireOptions(BaseModel):
    """The query of a foreign wire's URL; bad options are refused by name."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True, frozen=True)


class ChatOptions(WireOptions):
    """Of wires whose texts we render as a conversation."""

    format: str | None = None
    """How; default: the server's."""
    truncation: Truncation = Truncation.ERROR
    """What becomes of answers that are too long."""


def body_of(message: type[BaseModel]) -> dict[str, Any]:
    """What the OpenAPI document says of a body; the application names ``message`` among its messages."""
    schema = {"$ref": f"#/components/schemas/{message.__name__}"}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


@dataclass(frozen=True, slots=True)
class Wire:
    """What the handlers of foreign wires stand on."""

    scoring: Scoring
    settings: RmSettings

    async def read(self, request: Request, message: type[Message]) -> Message:
        """Read the body.

        Raises:
            ProblemError: it is too large, or no such message.
        """
        return await read_as(request, message, self.settings.max_body_bytes)

    async def rows(
        self,
        request: Request,
        rows: Sequence[Row],
        field: str,
        *,
        add_special_tokens: bool = True,
        cut: Cut | None = None,
        budget_s: float | None = None,
    ) -> list[Scored]:
        """Score texts that are written out already, or token ids.

        Raises:
            ProblemError: a row has no score.
        """
        ends = time.monotonic() + (budget_s or self.settings.deadline_s)
        items = await asyncio.to_thread(
            items_of_rows, rows, self.scoring.backend, add_special_tokens=add_special_tokens, cut=cut
        )
        left_s = max(ends - time.monotonic(), 0.01)  # above 0, as deadlines are
        return await self.items(request, items, lambda at: f"{field}[{at}]", budget_s=left_s)

    async def items(
        self,
        request: Request,
        items: Sequence[ScoringItem],
        where: Callable[[int], str],
        *,
        budget_s: float | None = None,
    ) -> list[Scored]:
        """Score items.

        Raises:
            ProblemError: one has no score.
        """
        limit_s = budget_s or self.settings.deadline_s
        answers = await self._patiently(
            request,
            len(items),
            limit_s,
            lambda left_s: self.scoring.answers(items, left_s, gone=request.is_disconnected),
        )
        found = [
            Found(
                answer.score.value,
                len(item.ids),
                0.0 if answer.cached else answer.score.computed,
                item.truncated,
                answer.score.error,
                answer.score.retryable,
            )
            for item, answer in zip(items, answers, strict=True)
        ]
        return all_scored(found, where)

    async def groups(
        self,
        request: Request,
        groups: Sequence[Group],
        options: ChatOptions,
        where: Callable[[int], str],
        *,
        budget_s: float | None = None,
    ) -> list[Scored]:
        """Score conversations that we render; the answers of all groups in a row, which ``where`` names.

        Raises:
            ProblemError: one has no score, or the format is unknown.
        """

        def ask(left_s: float) -> Awaitable[list[Found]]:
            return self._respond(request, groups, options, left_s)

        count = sum(len(group.candidates) for group in groups)
        limit_s = budget_s or self.settings.deadline_s
        return all_scored(await self._patiently(request, count, limit_s, ask), where)

    async def _respond(
        self, request: Request, groups: Sequence[Group], options: ChatOptions, left_s: float
    ) -> list[Found]:
        asked = ScoringRequest(
            groups=list(groups), format=options.format, truncation=options.truncation, deadline_s=left_s
        )
        told = await self.scoring.respond(asked, request.is_disconnected)
        return [
            Found(each.score, each.tokens, 0.0, each.truncated, each.error, each.retryable)
            for group in told.groups
            for each in group.scores
        ]

    async def _patiently(
        self, request: Request, count: int, limit_s: float, ask: Callable[[float], Awaitable[T]]
    ) -> T:
        """Ask, and again while there is no room, until ``limit_s`` have passed."""
        ends = time.monotonic() + limit_s
        taken = False
        while True:
            try:
                if not taken:
                    ticket_of(request).take(count, self.settings.max_candidates_per_key, "candidates")
                    taken = True
                return await ask(max(ends - time.monotonic(), 0.01))  # above 0, as deadlines are
            except ProblemError as problem:
                if problem.slug is not Slug.TOO_MANY_REQUESTS:
                    raise
                if time.monotonic() + LOOK_S > ends or await request.is_disconnected():
                    raise ProblemError(
                        Slug.QUEUE_FULL, problem.detail, retry_after_s=RETRY_AFTER_S
                    ) from problem
            await asyncio.sleep(LOOK_S)

    def reply(
        self,
        body: Any,  # noqa: ANN401 - any JSON value
        scored: Sequence[Scored] = (),
        *,
        activation: str = "none",
    ) -> Response:
        """Answer JSON; headers say what the wire has no field for."""
        headers: Mapping[str, str] = {
            "X-Score-Activation": activation,
            "X-Model-Version": self.scoring.backend.info.version,
        }
        cut = sum(each.truncated for each in scored)
        return JSONResponse(body, headers={**headers, **({"X-Truncated": str(cut)} if cut else {})})
