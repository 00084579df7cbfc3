"""Polls, streams and cancels a job: an execution that the service accepted and answers later.

``submit`` and ``job`` of the clients in ``clients.executor`` return the handles. The service keeps a job for an hour.
"""

from collections.abc import AsyncGenerator, Iterator

import anyio
from pydantic import ValidationError

from clients._transport import portal
from clients._transport.http import Http
from clients._transport.streaming import results_of_job
from clients.contract import CandidateResult, ExecutionResponse, Job
from clients.errors import NotFoundError, ProtocolError

_MIN_POLL_S, _MAX_POLL_S = 0.05, 2.0  # a small job is soon done; a large one need not be polled often


class AsyncJobHandle:
    """Handle of one job on the service."""

    def __init__(self, http: Http, job: Job) -> None:
        self._http = http
        self.job = job
        """The job's state in the last answer of the service."""

    @property
    def id(self) -> str:
        """Id of the job; ``AsyncExecutor.job`` makes a handle of it."""
        return self.job.id

    async def poll(self) -> Job:
        """Request the job's state and return it.

        Raises:
            NotFoundError: the service no longer keeps the job.
            AceCoderError: see ``clients.errors``.
        """
        self.job = parse_job((await self._http.request("GET", f"/v1/jobs/{self.id}")).content)
        return self.job

    async def wait(self) -> ExecutionResponse:
        """Wait until the job is finished or cancelled, and return all results in request order.

        Raises:
            AceCoderError: see ``clients.errors``.
        """
        pause_s = _MIN_POLL_S
        while (job := await self.poll()).response is None:
            await anyio.sleep(pause_s)
            pause_s = min(2 * pause_s, _MAX_POLL_S)
        assert job.response is not None
        return job.response

    async def stream(self) -> AsyncGenerator[CandidateResult, None]:
        """Yield the results that are finished, then every other one as soon as it is finished.

        Raises:
            AceCoderError: see ``clients.errors``.
        """
        async for batch in self.batches():
            for result in batch:
                yield result

    async def cancel(self) -> None:
        """Cancel the job: candidates not judged yet become ``unscorable``. It is no error if the job does not exist.

        Raises:
            AceCoderError: see ``clients.errors``.
        """
        try:
            await self._http.request("DELETE", f"/v1/jobs/{self.id}")
        except NotFoundError:
            return

    def batches(self) -> AsyncGenerator[list[CandidateResult], None]:
        """Yield lists of results, one list for what arrived together; otherwise as ``stream``."""
        return results_of_job(self._http, f"/v1/jobs/{self.id}/results", CandidateResult)


class JobHandle:
    """Handle of one job on the service, for synchronous code."""

    def __init__(self, core: AsyncJobHandle) -> None:
        self._core = core

    @property
    def id(self) -> str:
        """Id of the job; ``Executor.job`` makes a handle of it."""
        return self._core.id

    @property
    def job(self) -> Job:
        """The job's state in the last answer of the service."""
        return self._core.job

    def poll(self) -> Job:
        """Request the job's state and return it.

        Raises:
            NotFoundError: the service no longer keeps the job.
            AceCoderError: see ``clients.errors``.
        """
        return portal.run(self._core.poll)

    def wait(self) -> ExecutionResponse:
        """Wait until the job is finished or cancelled, and return all results in request order.

        Raises:
            AceCoderError: see ``clients.errors``.
        """
        return portal.run(self._core.wait)

    def stream(self) -> Iterator[CandidateResult]:
        """Yield the results that are finished, then every other one as soon as it is finished.

        Raises:
            AceCoderError: see ``clients.errors``.
        """
        return portal.iterate(self._core.batches())

    def cancel(self) -> None:
        """Cancel the job: candidates not judged yet become ``unscorable``. It is no error if the job does not exist.

        Raises:
            AceCoderError: see ``clients.errors``.
        """
        portal.run(self._core.cancel)


def parse_job(body: bytes) -> Job:
    """Return the job's state that ``body`` holds.

    Raises:
        ProtocolError: ``body`` is not a job's state.
    """
    try:
        return Job.model_validate_json(body)
    except ValidationError as error:
        raise ProtocolError(f"the answer is not a job's state: {body[:200]!r} ({error})") from error
