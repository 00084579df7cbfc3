"""Polls, streams and cancels jobs: work that a service accepted and answers later.

``submit`` and ``job`` of a client return the handles. ``AsyncJob`` and ``SyncJob`` are what the handles of all services
have in common; ``AsyncJobHandle`` and ``JobHandle`` are those of executions. The executor keeps a job for an hour.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from typing import Generic, TypeVar

import anyio
from pydantic import ValidationError

from clients._transport import portal
from clients._transport.batches import RequestPart
from clients._transport.http import Http
from clients._transport.streaming import results_of_job
from clients.contract import (
    CandidateResult,
    ExecutionResponse,
    Job,
    SuiteResult,
    SuitesJob,
    UnscorableReason,
)
from clients.contract.base import ResponseModel
from clients.errors import AceCoderError, BodyTooLargeError, NotFoundError, ProtocolError

_MIN_POLL_S, _MAX_POLL_S = 0.05, 2.0  # a small job is soon done; a large one need not be polled often
_ONE_REQUEST = " A job is one request: submit several, or use execute or stream."
State = TypeVar("State", bound=Job | SuitesJob)
"""The state of a job."""
Result = TypeVar("Result", CandidateResult, SuiteResult)
"""One result of a job."""
Answer = TypeVar("Answer")
"""What a job ends with."""
Message = TypeVar("Message", bound=ResponseModel)


def _described(handle: object, job: Job | SuitesJob) -> str:
    """Return the text of a handle: a reader looks for ``result`` and finds ``wait``."""
    return f"<{type(handle).__name__} {job.id}: {job.done} of {job.total} done; wait() returns the answer>"


class AsyncJob(ABC, Generic[State, Result, Answer]):
    """Handle of one job on a service."""

    def __init__(self, http: Http, path: str, job: State, result_model: type[Result]) -> None:
        self._http = http
        self._path = path
        self._result_model: type[Result] = result_model
        self.job = job
        """The job's state in the last answer of the service."""

    def __repr__(self) -> str:
        return _described(self, self.job)

    @property
    def id(self) -> str:
        """Id of the job; the client's ``job`` makes a handle of it."""
        return self.job.id

    async def poll(self) -> State:
        """Request the job's state and return it.

        Raises:
            NotFoundError: the service no longer keeps the job.
            AceCoderError: see ``clients.errors``.
        """
        response = await self._http.request("GET", f"{self._path}/{self.id}")
        self.job = parse_job(type(self.job), response.content)
        return self.job

    @abstractmethod
    async def wait(self) -> Answer:
        """Wait until the job is finished or cancelled, and return what it ends with."""

    async def stream(self) -> AsyncGenerator[Result, None]:
        """Yield the results that are finished, then every other one as soon as it is finished.

        Raises:
            AceCoderError: see ``clients.errors``.
        """
        async for batch in self.batches():
            for result in batch:
                yield result

    def batches(self) -> AsyncGenerator[list[Result], None]:
        """Yield lists of results, one list for what arrived together; otherwise as ``stream``."""
        return results_of_job(self._http, f"{self._path}/{self.id}/results", self._result_model)

    async def cancel(self) -> None:
        """Cancel the job; finished results are kept. A job that does not exist is not an error.

        Raises:
            AceCoderError: see ``clients.errors``.
        """
        try:
            await self._http.request("DELETE", f"{self._path}/{self.id}")
        except NotFoundError:
            return


class SyncJob(Generic[State, Result, Answer]):
    """Handle of one job on a service, for synchronous code."""

    def __init__(self, core: AsyncJob[State, Result, Answer]) -> None:
        self._core: AsyncJob[State, Result, Answer] = core

    def __repr__(self) -> str:
        return _described(self, self.job)

    @property
    def id(self) -> str:
        """Id of the job; the client's ``job`` makes a handle of it."""
        return self._core.id

    @property
    def job(self) -> State:
        """The job's state in the last answer of the service."""
        return self._core.job

    def poll(self) -> State:
        """Request the job's state and return it.

        Raises:
            NotFoundError: the service no longer keeps the job.
            AceCoderError: see ``clients.errors``.
        """
        return portal.run(self._core.poll)

    def wait(self) -> Answer:
        """Wait until the job is finished or cancelled, and return what it ends with.

        Raises:
            AceCoderError: see ``clients.errors``.
        """
        return portal.run(self._core.wait)

    def stream(self) -> Iterator[Result]:
        """Yield the results that are finished, then every other one as soon as it is finished.

        Raises:
            AceCoderError: see ``clients.errors``.
        """
        return portal.iterate(self._core.batches())

    def cancel(self) -> None:
        """Cancel the job; finished results are kept. A job that does not exist is not an error.

        Raises:
            AceCoderError: see ``clients.errors``.
        """
        portal.run(self._core.cancel)


class AsyncJobHandle(AsyncJob[Job, CandidateResult, ExecutionResponse]):
    """Handle of one execution on the service. After ``cancel``, candidates not judged yet are ``unscorable``.

    A job ends with the API process that runs it; its candidates without a verdict are ``queue_unavailable`` then. A
    handle that ``submit`` returned has the request, and starts another job for it (``id`` is that job's): what was
    judged comes from the service's cache.
    """

    def __init__(self, http: Http, job: Job, start_again: Callable[[], Awaitable[Job]] | None = None) -> None:
        """``start_again`` sends the request once more and returns the new job; ``None``: it is not known here."""
        super().__init__(http, "/v1/jobs", job, CandidateResult)
        self._start_again = start_again
        self._starts_left = http.config.attempts - 1

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
            async for batch in super().batches():
                new = [result for result in batch if result.index not in seen]
                lost = {result.index: result for result in new if _has_lost_its_process(result)} | lost
                if kept := [result for result in new if result.index not in lost]:
                    seen.update(result.index for result in kept)
                    yield kept
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

    async def _is_started_again(self) -> bool:
        """Start the job again, if the request is known and the service takes it; return whether it did."""
        if self._start_again is None or self._starts_left <= 0:
            return False
        self._starts_left -= 1
        try:
            self.job = await self._start_again()
        except AceCoderError:
            return False
        return True

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


def _has_lost_its_process(result: CandidateResult) -> bool:
    return result.reason is UnscorableReason.QUEUE_UNAVAILABLE


def parse_job(model: type[Message], body: bytes) -> Message:
    """Return the job's state that ``body`` holds.

    Raises:
        ProtocolError: ``body`` is not a job's state.
    """
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise ProtocolError(f"the answer is not a job's state: {body[:200]!r} ({error})") from error
