"""Handles of jobs: work that was accepted and is asked about later.

Made by ``submit`` and ``job`` of the executors in ``clients.executor``. A service keeps a job for an hour.
"""

from collections.abc import AsyncGenerator, Iterator

import anyio
from pydantic import ValidationError

from clients._transport import portal
from clients._transport.http import Http
from clients._transport.streaming import results_of_job
from clients.contract import CandidateResult, ExecutionResponse, Job
from clients.errors import NotFoundError, ProtocolError

_POLL_FIRST_S, _POLL_LONGEST_S = 0.05, 2.0  # a small job is soon done; a large one need not be asked often


class AsyncJobHandle:
    """One job on the service."""

    def __init__(self, http: Http, job: Job) -> None:
        self._http = http
        self.job = job
        """Its state when last heard of."""

    @property
    def id(self) -> str:
        """What ``AsyncExecutor.job`` takes to find it again."""
        return self.job.id

    async def poll(self) -> Job:
        """Ask for its state.

        Raises:
            NotFoundError: the service no longer keeps it.
            AceCoderError: see ``clients.errors``.
        """
        self.job = parse_job((await self._http.request("GET", f"/v1/jobs/{self.id}")).content)
        return self.job

    async def wait(self) -> ExecutionResponse:
        """Wait until it is finished or cancelled, and return all results in request order.

        Raises:
            AceCoderError: see ``clients.errors``.
        """
        pause_s = _POLL_FIRST_S
        while (job := await self.poll()).response is None:
            await anyio.sleep(pause_s)
            pause_s = min(2 * pause_s, _POLL_LONGEST_S)
        assert job.response is not None
        return job.response

    async def stream(self) -> AsyncGenerator[CandidateResult, None]:
        """Yield what is finished, then what finishes.

        Raises:
            AceCoderError: see ``clients.errors``.
        """
        async for batch in self.batches():
            for result in batch:
                yield result

    async def cancel(self) -> None:
        """Cancel what is not judged yet; it becomes ``unscorable``. A job that is gone is no error.

        Raises:
            AceCoderError: see ``clients.errors``.
        """
        try:
            await self._http.request("DELETE", f"/v1/jobs/{self.id}")
        except NotFoundError:
            return

    def batches(self) -> AsyncGenerator[list[CandidateResult], None]:
        """``stream``, with the results that came together in one list."""
        return results_of_job(self._http, f"/v1/jobs/{self.id}/results")


class JobHandle:
    """``AsyncJobHandle`` for synchronous code."""

    def __init__(self, core: AsyncJobHandle) -> None:
        self._core = core

    @property
    def id(self) -> str:
        """What ``Executor.job`` takes to find it again."""
        return self._core.id

    @property
    def job(self) -> Job:
        """Its state when last heard of."""
        return self._core.job

    def poll(self) -> Job:
        """As ``AsyncJobHandle.poll``."""
        return portal.run(self._core.poll)

    def wait(self) -> ExecutionResponse:
        """As ``AsyncJobHandle.wait``."""
        return portal.run(self._core.wait)

    def stream(self) -> Iterator[CandidateResult]:
        """As ``AsyncJobHandle.stream``."""
        return portal.iterate(self._core.batches())

    def cancel(self) -> None:
        """As ``AsyncJobHandle.cancel``."""
        portal.run(self._core.cancel)


def parse_job(body: bytes) -> Job:
    """Read a job's state.

    Raises:
        ProtocolError: it is none.
    """
    try:
        return Job.model_validate_json(body)
    except ValidationError as error:
        raise ProtocolError(f"not a job's state: {body[:200]!r} ({error})") from error
