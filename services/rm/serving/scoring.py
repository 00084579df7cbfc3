"""Scores and renders requests. Every API of this service, ours and the foreign ones, calls this module.

Tokenising runs in threads, and so does the building of large responses: neither may block the event loop. The deadline
counts from the arrival of a request, so it includes tokenising. ``batcher`` and the backend decide when and how items
are computed; ``responses`` builds the response.
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
from services.common.problem_error import ProblemError
from services.rm.backend import ScoringBackend
from services.rm.serving.batcher import Batcher, ItemAnswer, late_score
from services.rm.serving.responses import build_response, render_groups
from services.rm.tokens.formats import FormatError, Writer
from services.rm.tokens.items import ScoringItem, check_vocabulary, make_items
from services.rm.tokens.prompt_cache import with_prompt_cache
from services.rm.tokens.special_tokens import SpecialTokenEscaper

T = TypeVar("T")
ShouldStop = Callable[[], bool]
"""Whether to stop tokenising. Safe to call from any thread."""
_POLL_S = 0.5
"""How often it is checked whether the client hung up."""
_THREAD_SIZE = 512
"""A response with more groups and candidates than this is built in a thread: it takes some milliseconds."""


class Scoring:
    """Scores requests with one backend through one queue. A process has one of these."""

    def __init__(self, backend: ScoringBackend, batcher: Batcher, deadline_s: float) -> None:
        self.backend = backend
        self._batcher = batcher
        self._deadline_s = deadline_s
        self._default_writer = with_prompt_cache(backend.writer)
        self._escaper = SpecialTokenEscaper(backend.writer)

    @property
    def load(self) -> int:
        """Number of candidates that wait or are computed."""
        return self._batcher.load

    async def respond(
        self,
        request: ScoringRequest,
        is_disconnected: IsDisconnected | None = None,
        on_queued: Callable[[], None] | None = None,
    ) -> ScoringResponse:
        """Score a request. ``on_queued`` is called when it is not refused any more.

        Raises:
            ProblemError: the format is unknown, or the queue is full.
            ClientGoneError: the client hung up.
        """
        work = self._respond(request, self._writer(request.format), on_queued)
        return await _unless_disconnected(work, is_disconnected)

    async def _respond(
        self, request: ScoringRequest, writer: Writer, on_queued: Callable[[], None] | None
    ) -> ScoringResponse:
        since = time.monotonic()
        deadline_s = request.deadline_s or self._deadline_s
        await self.backend.learn_limits()
        items = await self._tokenized(request, writer, lambda: time.monotonic() > since + deadline_s)
        flat = [item for group in items for item in group]
        # Tokenising stopped at the deadline. Scores of the first items would come too late as well.
        if flat and flat[-1] is NOT_TOKENIZED:
            answers = [ItemAnswer(late_score(deadline_s), cached=False)] * len(flat)
        else:
            answers = await self._batcher.score(
                flat, deadline_s=deadline_s, use_cache=request.cache, since=since, on_queued=on_queued
            )
        info = self.backend.info
        if len(items) + len(flat) > _THREAD_SIZE:
            return await asyncio.to_thread(build_response, info, writer.name, request.groups, items, answers)
        return build_response(info, writer.name, request.groups, items, answers)

    async def score_items(
        self,
        items: Sequence[ScoringItem],
        deadline_s: float | None = None,
        *,
        use_cache: bool = True,
        is_disconnected: IsDisconnected | None = None,
    ) -> list[ItemAnswer]:
        """Score items that the caller made; foreign APIs that receive texts or token ids use this.

        Raises:
            ProblemError: the queue is full.
            ClientGoneError: the client hung up.
        """
        work = self._batcher.score(items, deadline_s=deadline_s or self._deadline_s, use_cache=use_cache)
        return await _unless_disconnected(work, is_disconnected)

    async def render(self, request: ScoringRequest) -> RenderResponse:
        """Return the text and the tokens that would be scored. Scores nothing.

        Raises:
            ProblemError: the format is unknown.
        """
        writer = self._writer(request.format)
        await self.backend.learn_limits()
        items = await self._tokenized(request, writer)
        groups = await asyncio.to_thread(render_groups, request.groups, items, writer)
        return RenderResponse(model=self.backend.info.model, format=writer.name, groups=groups)

    def _writer(self, name: str | None) -> Writer:
        writer = self._default_writer
        if name is None or name == writer.name:
            return writer
        formats = self.backend.info.formats
        if name not in formats:
            message = f"this model has no format {name!r}; the formats are {', '.join(formats)}"
            raise ProblemError(
                Slug.INVALID_REQUEST,
                f"format: {message}",
                errors=[FieldError(field="format", message=message)],
            )
        return replace(writer, name=name)

    async def _tokenized(
        self, request: ScoringRequest, writer: Writer, is_late: ShouldStop = lambda: False
    ) -> list[list[ScoringItem]]:
        """Tokenise in a thread. It checks for itself whether the deadline passed or this task ended."""
        abandoned = threading.Event()
        try:
            return await asyncio.to_thread(
                self._items, request, writer, lambda: abandoned.is_set() or is_late()
            )
        finally:
            abandoned.set()

    def _items(
        self, request: ScoringRequest, writer: Writer, should_stop: ShouldStop
    ) -> list[list[ScoringItem]]:
        """Return one item per candidate; ``NOT_TOKENIZED`` for every candidate after the stop."""
        return [
            [
                self._item(group, candidate, request.truncation, writer, should_stop)
                for candidate in group.candidates
            ]
            for group in request.groups
        ]

    def _item(
        self, group: Group, candidate: str, truncation: Truncation, writer: Writer, should_stop: ShouldStop
    ) -> ScoringItem:
        if should_stop():
            return NOT_TOKENIZED
        single = group.model_copy(update={"candidates": [candidate]})
        try:
            candidate_writer = self._escaper.writer_for(writer, group, candidate)
        except FormatError as error:
            return ScoringItem((), error=str(error))
        (item,) = make_items(single, candidate_writer, truncation, self.backend.info.max_tokens)
        return check_vocabulary(item, self.backend.vocabulary)


NOT_TOKENIZED = ScoringItem(())
"""Stands for a candidate that was not tokenised before the deadline."""


async def _unless_disconnected(work: Awaitable[T], is_disconnected: IsDisconnected | None) -> T:
    """Await ``work``, and cancel it if its client hangs up meanwhile."""
    task = asyncio.ensure_future(work)
    try:
        while True:
            done, _ = await asyncio.wait([task], timeout=_POLL_S)
            if done:
                return task.result()
            if is_disconnected is not None and await is_disconnected():
                raise ClientGoneError
    finally:
        if not task.done():
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
