"""Polls, streams and cancels jobs: work that a service accepted and answers later.

``submit`` and ``job`` of a client return the handles. ``AsyncJob`` and ``SyncJob`` are what the handles of all services
have in common; those of executions are in ``clients.execution_jobs``. The executor keeps a job for an hour.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Iterator
from typing import Generic, TypeVar

from pydantic import ValidationError

from clients._transport import portal
from clients._transport.http import Http
from clients._transport.streaming import results_of_job
from clients.contract import CandidateResult, Job, SuiteResult, SuitesJob
from clients.contract.base import ResponseModel
from clients.errors import NotFoundError, ProtocolError

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


def parse_job(model: type[Message], body: bytes) -> Message:
    """Return the job's state that ``body`` holds.

    Raises:
        ProtocolError: ``body`` is not a job's state.
    """
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise ProtocolError(f"the answer is not a job's state: {body[:200]!r} ({error})") from error
