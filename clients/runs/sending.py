"""Sends candidates to the executor in chunks, and passes on every result as soon as it arrives.

A chunk that the service refuses because of one row is bisected until that row alone is refused. Results that arrived
before are kept.
"""

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import anyio

from clients._transport.concurrency import run_concurrently
from clients.config import ClientConfig
from clients.contract import CandidateResult, Suite
from clients.errors import BodyTooLargeError, InvalidRequestError, InvalidSuiteError, MalformedJsonError
from clients.executor import AsyncExecutor
from clients.requests import RequestOptions, build_request
from clients.runs.outputs import JudgedResult, PendingCandidate, ResultSink

CHUNK = 128
"""Candidates of one request: enough to keep workers busy while the next request is built."""
AT_ONCE = 4
"""Requests in flight. A slow program holds back one of them, and no result of the others."""

_CAUSED_BY_A_ROW = (InvalidRequestError, InvalidSuiteError, MalformedJsonError, BodyTooLargeError)


def judge_candidates(
    pending: Iterable[PendingCandidate], config: ClientConfig, options: RequestOptions, sink: ResultSink
) -> None:
    """Judge all candidates; ``sink`` gets each result as it arrives, in no particular order.

    Raises:
        AceCoderError: the service cannot be used.
    """
    anyio.run(partial(_judge, pending, config, options, sink))


async def _judge(
    pending: Iterable[PendingCandidate], config: ClientConfig, options: RequestOptions, sink: ResultSink
) -> None:
    async with AsyncExecutor(config=config) as executor:
        stream = _Stream(executor, options)
        chunks = _chunks(pending)

        async def worker() -> None:
            for chunk in chunks:  # the workers share one iterator, so each takes the next chunk
                await _judge_chunk(stream, chunk, sink)

        await run_concurrently([worker] * AT_ONCE)


async def _judge_chunk(stream: "_Stream", chunk: Sequence[PendingCandidate], sink: ResultSink) -> None:
    """Pass on the results of a chunk; if a row makes the service refuse it, bisect what is left to find that row."""
    parts = [chunk]
    while parts:
        part = parts.pop()
        missing = dict(enumerate(part))
        try:
            async for results in stream.results(part):
                sink.take([stream.judged(missing.pop(result.index), result) for result in results])
        except _CAUSED_BY_A_ROW as error:
            left = list(missing.values())
            suites = {pending.entry.suite.id for pending in left}
            if len(left) == 1 or (len(suites) == 1 and isinstance(error, InvalidSuiteError)):
                for pending in left:
                    sink.refuse(pending, error.problem.detail or str(error))
            else:
                middle = len(left) // 2
                parts += [left[middle:], left[:middle]]


@dataclass
class _Stream:
    """Streams the results of chunks, and knows the hashes of the tests before the results come.

    A stream names the hashes in its last line, which an interrupted run never sees. A request without candidates has
    the same answer at once; each suite is described once.
    """

    executor: AsyncExecutor
    options: RequestOptions
    hashes: dict[str, Sequence[str]] = field(default_factory=dict)
    """Hashes of the tests, by the suite's id."""
    suites: dict[str, Suite] = field(default_factory=dict)
    """The suites that have been described, by id."""
    runner_version: str = ""
    lock: anyio.Lock = field(default_factory=anyio.Lock)
    """Held while suites are described, so that chunks of one suite describe it once."""

    async def results(self, part: Sequence[PendingCandidate]) -> AsyncIterator[list[CandidateResult]]:
        """Yield lists of results of ``part``; ``index`` is the position in it."""
        suites = list({pending.entry.suite.id: pending.entry.suite for pending in part}.values())
        async with self.lock:
            await self._describe([suite for suite in suites if self.suites.get(suite.id) != suite])
        request = build_request([pending.entry.candidate for pending in part], suites, self.options)
        async for results in self.executor.batches(request):
            yield results

    def judged(self, pending: PendingCandidate, result: CandidateResult) -> JudgedResult:
        """Return the result of ``pending`` with the hashes of its tests."""
        return JudgedResult(pending, result, self.hashes.get(result.suite, ()), self.runner_version)

    async def _describe(self, suites: Sequence[Suite]) -> None:
        if not suites:
            return
        options: RequestOptions = {}
        if "environment" in self.options:
            options["environment"] = self.options["environment"]
        response = await self.executor.execute_request(build_request([], suites, options))
        self.runner_version = response.runner_version
        self.hashes |= {info.id: info.test_hashes for info in response.suites}
        self.suites |= {suite.id: suite for suite in suites}


def _chunks(candidates: Iterable[PendingCandidate]) -> Iterator[list[PendingCandidate]]:
    chunk: list[PendingCandidate] = []
    for pending in candidates:
        chunk.append(pending)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
