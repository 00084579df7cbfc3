"""A request → what it is answered. The one path under every wire of this service.

Tokenising happens in threads, and so does what takes long in large answers: the event loop never waits for it. The
deadline runs from the moment a request came. When and how items are computed is decided by ``batching`` and the
backend; what is said of them, by ``answers``.
"""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from clients.contract import FieldError, Slug
from clients.contract.scoring import Group, RenderResponse, ScoringRequest, ScoringResponse, Truncation
from services.common.disconnects import ClientGoneError, IsDisconnected
from services.common.problems import ProblemError
from services.rm.backend import ScoringBackend
from services.rm.serving.batcher import Batcher, ItemAnswer, late_score
from services.rm.serving.responses import rendered, response
from services.rm.tokens.formats import FormatError, Writer
from services.rm.tokens.items import ScoringItem, check_vocabulary, make_items
from services.rm.tokens.special_tokens import SpecialTokenEscaper

T = TypeVar("T")
Stop = Callable[[], bool]
"""Whether to give up. Safe to call from any thread."""
_LOOK_S = 0.5
"""How often that is looked at."""
_ASIDE = 512
"""Groups and candidates of an answer above which a thread puts it together: some milliseconds of work."""


class Scoring:
    """What a process shares: a backend and the queue in front of it."""

    def __init__(self, backend: ScoringBackend, batcher: Batcher, deadline_s: float) -> None:
        self.backend = backend
        self._batcher = batcher
        self._deadline_s = deadline_s
        self._spelling = SpecialTokenEscaper(backend.writer)

    async def respond(self, request: ScoringRequest, gone: IsDisconnected | None = None) -> ScoringResponse:
        """Score a request.

        Raises:
            ProblemError: the format is unknown, or too much is waiting.
            ClientGoneError: the client hung up.
        """
        return await _unless_gone(self._respond(request, self._writer(request.format)), gone)

    async def _respond(self, request: ScoringRequest, writer: Writer) -> ScoringResponse:
        since = time.monotonic()
        deadline_s = request.deadline_s or self._deadline_s
        items = await self._written(request, writer, lambda: time.monotonic() > since + deadline_s)
        flat = [item for group in items for item in group]
        if flat and flat[-1] is UNWRITTEN:
            answers = [ItemAnswer(late_score(deadline_s), cached=False)] * len(flat)
        else:
            answers = await self._batcher.score(
                flat, deadline_s=deadline_s, use_cache=request.cache, since=since
            )
        info = self.backend.info
        if len(items) + len(flat) > _ASIDE:
            return await asyncio.to_thread(response, info, writer.name, request.groups, items, answers)
        return response(info, writer.name, request.groups, items, answers)

    async def answers(
        self,
        items: Sequence[ScoringItem],
        deadline_s: float | None = None,
        *,
        use_cache: bool = True,
        gone: IsDisconnected | None = None,
    ) -> list[ItemAnswer]:
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
        items = await self._written(request, writer)
        groups = await asyncio.to_thread(rendered, request.groups, items, writer)
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

    async def _written(
        self, request: ScoringRequest, writer: Writer, late: Stop = lambda: False
    ) -> list[list[ScoringItem]]:
        """Tokenise in a thread, which ends when it is too late, or nobody waits for it any more."""
        left = threading.Event()
        try:
            return await asyncio.to_thread(self._items, request, writer, lambda: left.is_set() or late())
        finally:
            left.set()

    def _items(self, request: ScoringRequest, writer: Writer, stop: Stop) -> list[list[ScoringItem]]:
        """One item per candidate; ``UNWRITTEN`` from where it stopped."""
        return [
            [self._item(group, each, request.truncation, writer, stop) for each in group.candidates]
            for group in request.groups
        ]

    def _item(
        self, group: Group, candidate: str, truncation: Truncation, writer: Writer, stop: Stop
    ) -> ScoringItem:
        if stop():
            return UNWRITTEN
        alone = group.model_copy(update={"candidates": [candidate]})
        try:
            its = self._spelling.writer(writer, group, candidate)
        except FormatError as error:
            return ScoringItem((), error=str(error))
        (item,) = make_items(alone, its, truncation, self.backend.info.max_tokens)
        return check_vocabulary(item, self.backend.vocabulary)


UNWRITTEN = ScoringItem(())
"""Stands for what was not tokenised in time."""


async def _unless_gone(work: Awaitable[T], gone: IsDisconnected | None) -> T:
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
