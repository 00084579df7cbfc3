"""Polls, streams and cancels the jobs of an executor, and starts a job again that the service has lost.

``submit`` and ``job`` of ``clients.executor`` return the handles. What they share with the handles of other services is
in ``clients.jobs``.
"""

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress

import anyio

from clients._transport.batches import RequestPart
from clients._transport.http import Http
from clients.contract import CandidateResult, ExecutionResponse, Job, UnscorableReason
from clients.errors import AceCoderError, BodyTooLargeError, NotFoundError
from clients.jobs import AsyncJob, SyncJob, parse_job

_MIN_POLL_S, _MAX_POLL_S = 0.05, 2.0  # a small job is soon done; a large one need not be polled often
_REWRITE_S, _REWRITE_POLLS = 0.5, 6
"""A job that is not found is looked for again, for as long as another process of the service needs to write it again if
it runs it and Redis has lost it: two of its beats of a second, and one more."""
_ONE_REQUEST = " A job is one request: submit several, or use execute or stream."
_log = logging.getLogger("acecoder")


class AsyncJobHandle(AsyncJob[Job, CandidateResult, ExecutionResponse]):
    """Handle of one execution on the service. After ``cancel``, candidates not judged yet are ``unscorable``.

    A job ends with the API process that runs it; its candidates without a verdict are ``queue_unavailable`` then. If
    Redis has lost its data too, the job is not found. A handle that ``submit`` returned has the request, and starts
    another job for it (``id`` is that job's), at most ``ACECODER_ATTEMPTS`` - 1 times: what was judged comes from the
    service's cache. The handle of an id alone raises ``NotFoundError``, which says what to do.
    """

    def __init__(self, http: Http, job: Job, start_again: Callable[[], Awaitable[Job]] | None = None) -> None:
        """``start_again`` sends the request once more and returns the new job; ``None``: it is not known here."""
        super().__init__(http, "/v1/jobs", job, CandidateResult)
        self._start_again = start_again
        self._starts_left = http.config.attempts - 1

    async def poll(self) -> Job:
        """Request the job's state and return it. A job that the service has lost is started again.

        Raises:
            NotFoundError: the service has no such job, and the handle cannot start it again.
            AceCoderError: see ``clients.errors``.
        """
        try:
            return await super().poll()
        except NotFoundError as error:
            return await self._find_again(error)

    async def wait(self) -> ExecutionResponse:
        """Wait until the job is finished or cancelled, and return all results in request order.

        Raises:
            AceCoderError: see ``clients.errors``.
        """
        response = await self._wait_for_end()
        while any(map(_has_lost_its_process, response.results)) and await self._is_started_again():
            response = await self._wait_for_end()
        return response

    async def batches(self) -> AsyncGenerator[list[CandidateResult], None]:
        """Yield lists of results, one list for what arrived together; otherwise as ``stream``."""
        seen: set[int] = set()
        lost: dict[int, CandidateResult] = {}
        while True:
            try:
                async for batch in super().batches():
                    new = [result for result in batch if result.index not in seen]
                    lost = {result.index: result for result in new if _has_lost_its_process(result)} | lost
                    if kept := [result for result in new if result.index not in lost]:
                        seen.update(result.index for result in kept)
                        yield kept
            except NotFoundError as error:
                await self._find_again(error)
                lost = {}
                continue
            if not lost or not await self._is_started_again():
                break
            lost = {}
        if lost:
            yield list(lost.values())

    async def cancel(self) -> None:
        """Cancel the job; finished results are kept. A job that does not exist is not an error.

        Raises:
            AceCoderError: see ``clients.errors``.
        """
        self._start_again = None
        await super().cancel()

    async def _find_again(self, error: NotFoundError) -> Job:
        """Return the state of a job that was not found; if the service has lost it, of another job for its request.

        Raises:
            NotFoundError: the job cannot be started again.
            AceCoderError: the service does not take the request.
        """
        was_known = self.job.total > 0  # else it may be the id of no job
        for _ in range(_REWRITE_POLLS if was_known else 0):
            await anyio.sleep(_REWRITE_S)
            with suppress(NotFoundError):
                return await super().poll()
        if (start_again := self._take_start("is not found: the service has lost it")) is None:
            raise _explained(error, self._why_not())
        self.job = await start_again()
        return self.job

    async def _is_started_again(self) -> bool:
        """Start the job again, if the request is known and the service takes it; return whether it did."""
        if (start_again := self._take_start("has lost its API process")) is None:
            return False
        try:
            self.job = await start_again()
        except AceCoderError:
            return False
        return True

    def _take_start(self, reason: str) -> Callable[[], Awaitable[Job]] | None:
        """Return what starts the job again, and count and log that; ``None`` if it is not to be started again."""
        if self._start_again is None or self._starts_left <= 0:
            return None
        self._starts_left -= 1
        _log.warning("job %s %s; its request is sent again", self.id, reason)
        return self._start_again

    def _why_not(self) -> str:
        """Return why the job is not started again, and what to do."""
        if self._start_again is not None:
            return "Its request was sent again as often as ACECODER_ATTEMPTS allows: see why Redis loses its data."
        return "This handle was made of an id, or its job was cancelled, so it sends no request: submit it again."

    async def _wait_for_end(self) -> ExecutionResponse:
        pause_s = _MIN_POLL_S
        while (job := await self.poll()).response is None:
            await anyio.sleep(pause_s)
            pause_s = min(2 * pause_s, _MAX_POLL_S)
        assert job.response is not None
        return job.response


class JobHandle(SyncJob[Job, CandidateResult, ExecutionResponse]):
    """Handle of one execution on the service, for synchronous code. ``wait`` returns all results in request order.

    After ``cancel``, candidates not judged yet are ``unscorable``.
    """


async def start_job(http: Http, path: str, part: RequestPart) -> Job:
    """Send a request that is to be a job, and return the job.

    Raises:
        AceCoderError: see ``clients.errors``.
    """
    try:
        response = await http.request("POST", path, part.body(), headers={"prefer": "respond-async"})
    except BodyTooLargeError as error:
        raise part.located(error, advice=_ONE_REQUEST) from None
    return parse_job(Job, response.content)


def _explained(error: NotFoundError, why_not: str) -> NotFoundError:
    """Return the error with what may have happened to the job, and what to do."""
    causes = "It ended longer ago, another key made it, or Redis came back without its data."
    detail = f"{error.problem.detail} {causes} {why_not} What was judged may be in the service's cache."
    return NotFoundError(error.problem.model_copy(update={"detail": detail.strip()}), error.retry_after_s)


def _has_lost_its_process(result: CandidateResult) -> bool:
    return result.reason is UnscorableReason.QUEUE_UNAVAILABLE
