"""Sends programs and tests to an executor service and returns verdicts and pass rates.

``AsyncExecutor`` is the client; ``Executor`` is the same client for synchronous code. Many tasks or threads may
share one, in any event loop, before and after a fork. ``clients.contract`` documents the numbers, ``clients.errors``
the errors, and ``clients._transport.http`` the retries.

Not promised: the order of ``stream``. ``index`` is the candidate's position.
"""

from collections.abc import AsyncGenerator, Iterator
from functools import partial
from typing import Self, Unpack
from urllib.parse import quote

import anyio
from pydantic import TypeAdapter

from clients._transport import portal
from clients._transport.answers import parse_answer
from clients._transport.batches import RequestPart, merge, split
from clients._transport.concurrency import run_concurrently
from clients._transport.http import Http
from clients._transport.streaming import results_of_part
from clients.config import ClientConfig
from clients.contract import (
    CandidateResult,
    Environment,
    ExecutionRequest,
    ExecutionResponse,
    Job,
    JobState,
    RunInfo,
)
from clients.errors import RefusedError
from clients.execution_jobs import AsyncJobHandle, JobHandle, start_job
from clients.requests import Candidates, RequestOptions, Tests, build_request

EXECUTIONS = "/v1/executions"
RUNS = "/v1/runs"
_PARTS_AT_ONCE = 4  # enough to keep work in the queue while the answer to one part is read
_ENVIRONMENTS = TypeAdapter(list[Environment])
_RUNS = TypeAdapter(list[RunInfo])


class AsyncExecutor:
    """Judges programs against tests on an executor service. ``run`` is for requests that name no other run."""

    def __init__(
        self,
        url: str | None = None,
        *,
        token: str | None = None,
        run: str | None = None,
        config: ClientConfig | None = None,
    ) -> None:
        self.config = (config or ClientConfig.from_env()).with_given(url=url, token=token, run=run)
        self._http = Http(self.config)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections of this event loop."""
        await self._http.aclose()

    async def execute(
        self, candidates: Candidates, tests: Tests, **options: Unpack[RequestOptions]
    ) -> ExecutionResponse:
        """Judge ``candidates`` by ``tests`` and return all results in the candidates' order.

        A string is a program. ``Candidate(suite=..., completion=...)`` is model output that the service extracts
        the program from. A batch above ``max_body_bytes`` or ``max_candidates`` (``ClientConfig``) is several requests.

        Raises:
            TypeError, ValueError: an argument is wrong; the message names it and what to do.
            AceCoderError: see ``clients.errors``.
        """
        return await self.execute_request(build_request(candidates, tests, options))

    async def execute_request(self, request: ExecutionRequest) -> ExecutionResponse:
        """Judge the candidates of ``request``, which the caller has built; otherwise as ``execute``.

        Raises:
            AceCoderError: see ``clients.errors``.
        """
        request = self._in_run(request)
        parts = [*split(request, self.config.max_body_bytes, self.config.max_candidates)]
        answers: list[list[tuple[RequestPart, ExecutionResponse]]] = [[] for _ in parts]
        gate = anyio.Semaphore(_PARTS_AT_ONCE)

        async def send(index: int) -> None:
            async with gate:
                answers[index] = await self._execute_part(parts[index])

        if len(parts) == 1:
            await send(0)
        else:
            await run_concurrently([partial(send, index) for index in range(len(parts))])
        return merge([answer for part in answers for answer in part], request)

    async def stream(
        self, candidates: Candidates, tests: Tests, **options: Unpack[RequestOptions]
    ) -> AsyncGenerator[CandidateResult, None]:
        """Yield each result as soon as its candidate is judged. If the connection breaks, the client reconnects.

        Raises:
            TypeError, ValueError: an argument is wrong; the message names it and what to do.
            AceCoderError: see ``clients.errors``.
        """
        async for batch in self.batches(build_request(candidates, tests, options)):
            for result in batch:
                yield result

    async def submit(
        self, candidates: Candidates, tests: Tests, **options: Unpack[RequestOptions]
    ) -> AsyncJobHandle:
        """Start a job and return its handle at once. A job is one request, whatever its size.

        If the connection breaks before the answer arrives, the service may hold a second job for the same work.
        The work itself runs once.

        Raises:
            TypeError, ValueError: an argument is wrong; the message names it and what to do.
            AceCoderError: see ``clients.errors``.
        """
        part = RequestPart(self._in_run(build_request(candidates, tests, options)))
        start = partial(start_job, self._http, EXECUTIONS, part)
        return AsyncJobHandle(self._http, await start(), start)

    def job(self, job_id: str) -> AsyncJobHandle:
        """Return the handle of a job that was started elsewhere. Sends no request."""
        return AsyncJobHandle(self._http, Job(id=job_id, state=JobState.QUEUED, total=0, done=0))

    async def environments(self) -> list[Environment]:
        """Return the Python environments that the service judges in.

        Raises:
            AceCoderError: see ``clients.errors``.
        """
        response = await self._http.request("GET", "/v1/environments")
        return parse_answer(_ENVIRONMENTS.validate_json, response, "a list of environments")

    async def runs(self) -> list[RunInfo]:
        """Return what this key has in progress, by run, the oldest first.

        Raises:
            AceCoderError: see ``clients.errors``.
        """
        return parse_answer(_RUNS.validate_json, await self._http.request("GET", RUNS), "a list of runs")

    async def cancel_run(self, run: str) -> RunInfo:
        """Cancel all requests and jobs of a run that are in progress, and return what it had in progress.

        Candidates that are not judged yet become ``unscorable``. Requests of the run that are sent later are judged.

        Raises:
            NotFoundError: the run has nothing in progress.
            AceCoderError: see ``clients.errors``.
        """
        response = await self._http.request("DELETE", f"{RUNS}/{quote(run, safe='')}")
        return parse_answer(RunInfo.model_validate_json, response, "a run")

    def _in_run(self, request: ExecutionRequest) -> ExecutionRequest:
        """Return the request with the run of the settings, unless it names one."""
        if request.run or not self.config.run:
            return request
        return request.model_copy(update={"run": self.config.run})

    async def _execute_part(self, part: RequestPart) -> list[tuple[RequestPart, ExecutionResponse]]:
        try:
            response = await self._http.request("POST", EXECUTIONS, part.body(), read_s=part.read_s)
        except RefusedError as error:
            first, second = part.smaller(error)
            return [*await self._execute_part(first), *await self._execute_part(second)]
        return [
            (part, parse_answer(ExecutionResponse.model_validate_json, response, "an execution's results"))
        ]

    async def batches(self, request: ExecutionRequest) -> AsyncGenerator[list[CandidateResult], None]:
        """Yield lists of results of ``request``, one list for what arrived together; otherwise as ``stream``."""
        unsent = [*split(self._in_run(request), self.config.max_body_bytes, self.config.max_candidates)]
        while unsent:
            part = unsent.pop(0)
            try:
                async for batch in results_of_part(self._http, EXECUTIONS, part):
                    yield batch
            except RefusedError as error:
                unsent[:0] = part.smaller(error)


class Executor:
    """Judges programs against tests on an executor service, for synchronous code.

    It does what ``AsyncExecutor`` does, with the same arguments, and also works inside a running event loop.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        token: str | None = None,
        run: str | None = None,
        config: ClientConfig | None = None,
    ) -> None:
        self._core = AsyncExecutor(url, token=token, run=run, config=config)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def config(self) -> ClientConfig:
        """Where the service is."""
        return self._core.config

    def close(self) -> None:
        """Close the connections."""
        portal.run(self._core.aclose)

    def execute(
        self, candidates: Candidates, tests: Tests, **options: Unpack[RequestOptions]
    ) -> ExecutionResponse:
        """Judge ``candidates`` by ``tests`` and return all results in the candidates' order.

        A string is a program. ``Candidate(suite=..., completion=...)`` is model output that the service extracts
        the program from. A batch above ``max_body_bytes`` or ``max_candidates`` (``ClientConfig``) is several requests.

        Raises:
            TypeError, ValueError: an argument is wrong; the message names it and what to do.
            AceCoderError: see ``clients.errors``.
        """
        return self.execute_request(build_request(candidates, tests, options))

    def execute_request(self, request: ExecutionRequest) -> ExecutionResponse:
        """Judge the candidates of ``request``, which the caller has built; otherwise as ``execute``."""
        return portal.run(partial(self._core.execute_request, request))

    def stream(
        self, candidates: Candidates, tests: Tests, **options: Unpack[RequestOptions]
    ) -> Iterator[CandidateResult]:
        """Yield each result as soon as its candidate is judged. If the connection breaks, the client reconnects.

        Raises:
            TypeError, ValueError: an argument is wrong; the message names it and what to do.
            AceCoderError: see ``clients.errors``.
        """
        return portal.iterate(self._core.batches(build_request(candidates, tests, options)))

    def submit(self, candidates: Candidates, tests: Tests, **options: Unpack[RequestOptions]) -> JobHandle:
        """Start a job and return its handle at once. A job is one request, whatever its size.

        If the connection breaks before the answer arrives, the service may hold a second job for the same work.
        The work itself runs once.

        Raises:
            TypeError, ValueError: an argument is wrong; the message names it and what to do.
            AceCoderError: see ``clients.errors``.
        """
        return JobHandle(portal.run(partial(self._core.submit, candidates, tests, **options)))

    def job(self, job_id: str) -> JobHandle:
        """Return the handle of a job that was started elsewhere. Sends no request."""
        return JobHandle(self._core.job(job_id))

    def environments(self) -> list[Environment]:
        """Return the Python environments that the service judges in.

        Raises:
            AceCoderError: see ``clients.errors``.
        """
        return portal.run(self._core.environments)

    def runs(self) -> list[RunInfo]:
        """Return what this key has in progress, by run, the oldest first.

        Raises:
            AceCoderError: see ``clients.errors``.
        """
        return portal.run(self._core.runs)

    def cancel_run(self, run: str) -> RunInfo:
        """Cancel all requests and jobs of a run that are in progress, and return what it had in progress.

        Candidates that are not judged yet become ``unscorable``. Requests that are sent later are judged.

        Raises:
            NotFoundError: the run has nothing in progress.
            AceCoderError: see ``clients.errors``.
        """
        return portal.run(partial(self._core.cancel_run, run))
