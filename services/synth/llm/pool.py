"""Asks a model for completions: over several endpoints, with a cache, and with counts of what it costs.

``ModelPool`` is the ``ChatModel`` of real runs. A request that fails goes back into the queue and may go to another
endpoint; it fails for good only if the servers refuse it for what it is. While no endpoint can be used all requests
wait, and ``on_pause`` is called, so that the run can report it.

It promises no equal texts from equal seeds: servers do not, even for greedy sampling. The cache does: the same
completion of the same request has one text, in this run and in every later one with the same file.
"""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

import anyio
import structlog
from anyio.abc import TaskGroup

from services.synth.llm.cache import Reply, ReplyCache, cache_keys
from services.synth.llm.dialect import ChatRequest
from services.synth.llm.endpoint import Endpoint, EndpointConfigError
from services.synth.llm.faults import FAILURES, Failure, Fault, failure_of
from services.synth.llm.model import ChatMessage, Completion, PromptRefusedError, Sampling, TokenCounts
from services.synth.llm.options import ModelOptions
from services.synth.llm.queue import EndpointQueue, PauseListener

MOST_FAILURES = 6
"""Failures (HTTP 500, broken connections) of one conversation before it is refused. Between two of them the endpoint
has answered a probe, so the conversation, and not the server, is the likely cause. A broken connection counts as a
part of a failure if others were in flight."""
LONGEST_TIMEOUT_FACTOR = 4
"""A request that timed out gets twice the time, at most this often the endpoint's own."""

logger = structlog.get_logger()


def _ignore_pause(reason: str, pause_s: float) -> None:
    logger.warning("no endpoint can be used", reason=reason, pause_s=round(pause_s, 1))


class ModelPool:
    """A model behind one or more endpoints. Use it as an async context manager, in one event loop."""

    def __init__(
        self,
        options: ModelOptions,
        *,
        cache: ReplyCache | None = None,
        on_pause: PauseListener = _ignore_pause,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self.name = options.model
        self.endpoints = [Endpoint(endpoint, options.model, environ) for endpoint in options.endpoints]
        self.counts: dict[str, TokenCounts] = {}
        """What was asked, by purpose, since this pool was made. ``ReplyCache.spent`` has the sum of all runs."""
        self._options = options
        self._cache = cache
        self._queue = EndpointQueue(self.endpoints, on_pause)
        self._tasks: TaskGroup | None = None

    async def __aenter__(self) -> Self:
        self._tasks = await anyio.create_task_group().__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        tasks, self._tasks = self._tasks, None
        if tasks is not None:
            tasks.cancel_scope.cancel()
            await tasks.__aexit__(None, None, None)  # with the caller's error it would raise a group of one
        with anyio.CancelScope(shield=True):
            for endpoint in self.endpoints:
                await endpoint.close()

    async def check(self) -> None:
        """Ask each endpoint for one token, before a run begins.

        Raises:
            EndpointConfigError: a key, URL or name of a model is wrong. An endpoint that is only down raises nothing.
        """
        for endpoint in self.endpoints:
            failure = await endpoint.probe()
            if failure and failure.fault is Fault.MISCONFIGURED:
                raise EndpointConfigError(
                    f"{endpoint.model} at {endpoint.options.url}: {failure.message}; check url, model and key_variable"
                )

    async def complete(
        self,
        messages: Sequence[ChatMessage],
        *,
        purpose: str,
        count: int = 1,
        sampling: Sampling | None = None,
        schema: Mapping[str, Any] | None = None,
    ) -> list[Completion]:
        """Return ``count`` completions of the conversation; see ``ChatModel``."""
        if self._tasks is None:
            raise RuntimeError("the pool is not open: use it with 'async with'")
        request = ChatRequest(
            messages,
            sampling or self._options.sampling.sampling(),
            schema if self._options.structured_output else None,
            purpose,
            self._options.extra_body,
            count=count,
        )
        keys = cache_keys(self.name, request)
        replies = {n: reply for n, key in enumerate(keys) if (reply := self._cached(key))}
        found = frozenset(replies)
        refusals: list[PromptRefusedError] = []
        async with anyio.create_task_group() as tasks:
            for part in self._parts(request, [n for n in range(count) if n not in found]):
                tasks.start_soon(self._fetch, part, keys, replies, refusals, self._tasks)
        if refusals:
            raise refusals[0]
        return [self._completion(purpose, replies[n], cached=n in found) for n in range(count)]

    def _cached(self, key: bytes) -> Reply | None:
        return self._cache.get(key) if self._cache else None

    def _parts(self, request: ChatRequest, missing: list[int]) -> list[ChatRequest]:
        """Return requests for the missing completions: runs of consecutive numbers that one server can take."""
        most = min(self._options.completions_per_request, max(e.dialect.most_choices for e in self.endpoints))
        if request.sampling.temperature == 0:
            most = 1
        parts: list[ChatRequest] = []
        for number in missing:
            last = parts[-1] if parts else None
            if last and last.first + last.count == number and last.count < most:
                parts[-1] = replace(last, count=last.count + 1)
            else:
                parts.append(replace(request, first=number, count=1))
        return parts

    async def _fetch(
        self,
        part: ChatRequest,
        keys: Sequence[bytes],
        replies: dict[int, Reply],
        refusals: list[PromptRefusedError],
        background: TaskGroup,
    ) -> None:
        """Get all completions of ``part``, in as many requests as it takes, into the cache and ``replies``."""
        first, end = part.first, part.first + part.count
        try:
            while first < end:
                sent = await self._send(replace(part, first=first, count=end - first), background)
                after = first + len(sent)
                if self._cache:
                    sent = self._cache.put_all(keys[first:after], self.name, part.purpose, sent)
                replies.update(zip(range(first, after), sent, strict=True))
                first = after
        except PromptRefusedError as refusal:
            refusals.append(refusal)

    async def _send(self, part: ChatRequest, background: TaskGroup) -> list[Reply]:
        """Send a request until an endpoint answers it."""
        failures, timeout_factor = 0.0, 1
        while True:
            slot = await self._queue.acquire(part.count)
            sent_at = time.monotonic()
            counts = self.counts.setdefault(part.purpose, TokenCounts())
            counts.requests += 1
            try:
                timeout_s = slot.endpoint.options.timeout_s * timeout_factor
                return await slot.endpoint.send(replace(part, count=slot.units), timeout_s)
            except FAILURES as error:
                failure = failure_of(error)
                slot.endpoint.failed(failure, sent_at)
                counts.failed[failure.fault] = counts.failed.get(failure.fault, 0) + 1
                failures += slot.endpoint.failure_weight(failure, slot.units)
                timeout_factor = _next_factor(timeout_factor, failure)
                if failures >= MOST_FAILURES:
                    raise PromptRefusedError(
                        f"failed {MOST_FAILURES} times: {slot.endpoint.reason}"
                    ) from error
            finally:
                self._queue.release(slot, background)

    def _completion(self, purpose: str, reply: Reply, *, cached: bool) -> Completion:
        """Count a reply, and return it as stages see it."""
        counts = self.counts.setdefault(purpose, TokenCounts())
        counts.by_finish[reply.finish_reason] = counts.by_finish.get(reply.finish_reason, 0) + 1
        if cached:
            counts.cached += 1
        else:
            counts.prompt_tokens += reply.prompt_tokens
            counts.completion_tokens += reply.completion_tokens
            counts.cost_usd += reply.cost_usd
        return Completion(
            reply.text,
            reply.finish_reason,
            self.name,
            reply.prompt_tokens,
            reply.completion_tokens,
            0.0 if cached else reply.cost_usd,
            cached,
        )


def _next_factor(factor: int, failure: Failure) -> int:
    return min(2 * factor, LONGEST_TIMEOUT_FACTOR) if failure.fault is Fault.SLOW else factor
