"""A request → what it is answered. The one path under every wire of this service.

Tokenising happens in threads: the event loop never waits for it. Decides ranks and usage; when and how items are
computed is ``batching``'s and the backend's.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from clients.contract import FieldError, Slug
from clients.contract.scoring import (
    CandidateScore,
    Group,
    GroupScores,
    RenderedCandidate,
    RenderedGroup,
    RenderResponse,
    ScoringRequest,
    ScoringResponse,
    ScoringUsage,
)
from services.kit.problems import ProblemError
from services.rm.backends import Backend
from services.rm.batching import Answer, Batcher
from services.rm.formats import Writer
from services.rm.items import Item, items_of, known
from services.rm.sharing import common_prefix

T = TypeVar("T")
Gone = Callable[[], Awaitable[bool]]
"""Whether the client hung up."""
_LOOK_S = 0.5
"""How often that is looked at."""


class ClientGoneError(Exception):
    """Nobody waits for the answer."""


class Scoring:
    """What a process shares: a backend and the queue in front of it."""

    def __init__(self, backend: Backend, batcher: Batcher, deadline_s: float) -> None:
        self.backend = backend
        self._batcher = batcher
        self._deadline_s = deadline_s

    async def respond(self, request: ScoringRequest, gone: Gone | None = None) -> ScoringResponse:
        """Score a request.

        Raises:
            ProblemError: the format is unknown, or too much is waiting.
            ClientGoneError: the client hung up.
        """
        writer = self._writer(request.format)
        items = await asyncio.to_thread(self._items, request, writer)
        flat = [item for group in items for item in group]
        answers = await self.answers(flat, request.deadline_s, use_cache=request.cache, gone=gone)
        found = iter(answers)
        groups = [
            _group(group, its, [next(found) for _ in its])
            for group, its in zip(request.groups, items, strict=True)
        ]
        info = self.backend.info
        return ScoringResponse(
            model=info.model,
            version=info.version,
            format=writer.name,
            groups=groups,
            usage=_usage(flat, answers),
        )

    async def answers(
        self,
        items: Sequence[Item],
        deadline_s: float | None = None,
        *,
        use_cache: bool = True,
        gone: Gone | None = None,
    ) -> list[Answer]:
        """Score items made elsewhere; wires that come with texts or token ids use this.

        Raises:
            ProblemError: too much is waiting.
            ClientGoneError: the client hung up.
        """
        work = self._batcher.score(items, deadline_s=deadline_s or self._deadline_s, use_cache=use_cache)
        return await _unless_gone(work, gone)

    async def render(self, request: ScoringRequest) -> RenderResponse:
        """Show what would be scored.

        Raises:
            ProblemError: the format is unknown.
        """
        writer = self._writer(request.format)
        items = await asyncio.to_thread(self._items, request, writer)
        groups = [
            RenderedGroup(
                id=group.id, candidates=[_rendered(item, writer) for item in its], shared_tokens=_shared(its)
            )
            for group, its in zip(request.groups, items, strict=True)
        ]
        return RenderResponse(model=self.backend.info.model, format=writer.name, groups=groups)

    def _writer(self, name: str | None) -> Writer:
        writer = self.backend.writer
        if name is None or name == writer.name:
            return writer
        known = self.backend.info.formats
        if name not in known:
            said = f"{name!r} is no format of this model; the formats are {', '.join(known)}"
            raise ProblemError(
                Slug.INVALID_REQUEST, f"format: {said}", errors=[FieldError(field="format", message=said)]
            )
        return replace(writer, name=name)

    def _items(self, request: ScoringRequest, writer: Writer) -> list[list[Item]]:
        longest = self.backend.info.max_tokens
        return [
            [
                known(item, self.backend.vocabulary)
                for item in items_of(group, writer, request.truncation, longest)
            ]
            for group in request.groups
        ]


async def _unless_gone(work: Awaitable[T], gone: Gone | None) -> T:
    """Await ``work``, looking now and then whether its client is still there."""
    task = asyncio.ensure_future(work)
    try:
        while True:
            done, _ = await asyncio.wait([task], timeout=_LOOK_S)
            if done:
                return task.result()
            if gone is not None and await gone():
                raise ClientGoneError
    finally:
        if not task.done():
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def _group(group: Group, items: Sequence[Item], answers: Sequence[Answer]) -> GroupScores:
    values = sorted((a.score.value for a in answers if a.score.value is not None), reverse=True)
    scores = [
        CandidateScore(
            score=answer.score.value,
            rank=None if answer.score.value is None else values.index(answer.score.value) + 1,
            tokens=len(item.ids),
            truncated=item.truncated,
            cached=answer.cached,
            error=answer.score.error,
            retryable=answer.score.retryable,
        )
        for item, answer in zip(items, answers, strict=True)
    ]
    return GroupScores(id=group.id, scores=scores, shared_tokens=_shared(items))


def _shared(items: Sequence[Item]) -> int:
    """How many tokens all begin with; 0 for fewer than two."""
    written = [item.ids for item in items if item.ids]
    if len(written) < 2:
        return 0
    return common_prefix(min(written), max(written))


def _usage(items: Sequence[Item], answers: Sequence[Answer]) -> ScoringUsage:
    tokens = sum(len(item.ids) for item, a in zip(items, answers, strict=True) if a.score.value is not None)
    computed = round(sum(answer.score.computed for answer in answers if not answer.cached))
    return ScoringUsage(tokens=tokens, computed=computed, saved=max(tokens - computed, 0))


def _rendered(item: Item, writer: Writer) -> RenderedCandidate:
    return RenderedCandidate(
        text=item.text,
        token_ids=list(item.ids),
        scored_position=len(item.ids) - 1,
        scored_token=writer.token(item.ids[-1]) if item.ids else "",
        truncated=item.truncated,
        error=item.error,
    )
