"""Sends seeds to a synthesis service and returns questions with filtered suites of tests.

``AsyncSynth`` is the client; ``Synth`` is the same client for synchronous code. ``clients.contract.synthesis_jobs``
documents the messages, ``clients.errors`` the errors. Synthesis takes minutes; a job survives a broken connection and a
restart of the service, and the same seeds sent again join the job that is running.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Self

import anyio
from pydantic import ValidationError

from clients._transport import portal
from clients._transport.http import Http, Service
from clients.config import SYNTH_URL, ClientConfig
from clients.contract import JobState, Seed, SuiteResult, SuitesJob, SuitesRequest, SynthInfo
from clients.contract.validation_errors import summarize_errors
from clients.errors import ProtocolError
from clients.jobs import AsyncJob, SyncJob, parse_job

SUITES = "/v1/suites"
_SERVICE = Service(
    "synthesis service",
    f"start one with `acecoder synth serve`, or set ACECODER_SYNTH_URL (default: {SYNTH_URL})",
)
_POLL_S = 2.0  # a stage takes seconds

Seeds = Sequence[Seed | Mapping[str, Any] | str]
"""Seeds, or their fields; a text is the program of a seed whose id is its position."""


class AsyncSynth:
    """Makes suites of tests on a synthesis service."""

    def __init__(
        self, url: str | None = None, *, token: str | None = None, config: ClientConfig | None = None
    ) -> None:
        self.config = (config or ClientConfig.for_synthesis()).with_given(url=url, token=token)
        self._http = Http(self.config, service=_SERVICE)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections of this event loop."""
        await self._http.aclose()

    async def suites(self, seeds: Seeds, *, with_programs: bool = True) -> list[SuiteResult]:
        """Make a suite of every seed and return all results in the seeds' order, kept or dropped.

        Raises:
            ValueError: a seed is wrong; the message names it.
            AceCoderError: see ``clients.errors``.
        """
        job = await self.submit(seeds, with_programs=with_programs)
        results = [result async for result in job.stream()]
        return sorted(results, key=lambda result: result.index)

    async def submit(self, seeds: Seeds, *, with_programs: bool = True) -> "AsyncSuitesJob":
        """Start a job and return its handle at once.

        Raises:
            ValueError: a seed is wrong; the message names it.
            AceCoderError: see ``clients.errors``.
        """
        body = build_suites_request(seeds, with_programs=with_programs).model_dump_json(exclude_defaults=True)
        response = await self._http.request("POST", SUITES, body.encode())
        return AsyncSuitesJob(self._http, parse_job(SuitesJob, response.content))

    def job(self, job_id: str) -> "AsyncSuitesJob":
        """Return the handle of a job that was started elsewhere. Sends no request."""
        return AsyncSuitesJob(self._http, SuitesJob(id=job_id, state=JobState.QUEUED, total=0, done=0))

    async def info(self) -> SynthInfo:
        """Return the stages, models and limits of the service.

        Raises:
            AceCoderError: see ``clients.errors``.
        """
        body = (await self._http.request("GET", SUITES)).content
        try:
            return SynthInfo.model_validate_json(body)
        except ValidationError as error:
            raise ProtocolError(f"the answer is not a SynthInfo: {body[:200]!r} ({error})") from error


class AsyncSuitesJob(AsyncJob[SuitesJob, SuiteResult, SuitesJob]):
    """Handle of one job on the service. ``wait`` returns its last state, ``stream`` its results."""

    def __init__(self, http: Http, job: SuitesJob) -> None:
        super().__init__(http, SUITES, job, SuiteResult)

    async def wait(self) -> SuitesJob:
        """Wait until the job has ended, and return its state.

        Raises:
            AceCoderError: see ``clients.errors``.
        """
        while True:
            job = await self.poll()
            if job.state in (JobState.FINISHED, JobState.CANCELLED):
                return job
            await anyio.sleep(_POLL_S)


class Synth:
    """Makes suites of tests on a synthesis service, for synchronous code."""

    def __init__(
        self, url: str | None = None, *, token: str | None = None, config: ClientConfig | None = None
    ) -> None:
        self._core = AsyncSynth(url, token=token, config=config)

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

    def suites(self, seeds: Seeds, *, with_programs: bool = True) -> list[SuiteResult]:
        """Make a suite of every seed and return all results in the seeds' order, kept or dropped.

        Raises:
            ValueError: a seed is wrong; the message names it.
            AceCoderError: see ``clients.errors``.
        """
        return portal.run(partial(self._core.suites, seeds, with_programs=with_programs))

    def stream(self, seeds: Seeds, *, with_programs: bool = True) -> Iterator[SuiteResult]:
        """Yield each result as soon as its seed is finished.

        Raises:
            ValueError: a seed is wrong; the message names it.
            AceCoderError: see ``clients.errors``.
        """
        job = portal.run(partial(self._core.submit, seeds, with_programs=with_programs))
        return portal.iterate(job.batches())

    def submit(self, seeds: Seeds, *, with_programs: bool = True) -> "SuitesJobHandle":
        """Start a job and return its handle at once.

        Raises:
            ValueError: a seed is wrong; the message names it.
            AceCoderError: see ``clients.errors``.
        """
        return SuitesJobHandle(portal.run(partial(self._core.submit, seeds, with_programs=with_programs)))

    def job(self, job_id: str) -> "SuitesJobHandle":
        """Return the handle of a job that was started elsewhere. Sends no request."""
        return SuitesJobHandle(self._core.job(job_id))

    def info(self) -> SynthInfo:
        """Return the stages, models and limits of the service.

        Raises:
            AceCoderError: see ``clients.errors``.
        """
        return portal.run(self._core.info)


class SuitesJobHandle(SyncJob[SuitesJob, SuiteResult, SuitesJob]):
    """Handle of one job on the service, for synchronous code. ``wait`` returns its last state."""


def build_suites_request(seeds: Seeds, *, with_programs: bool = True) -> SuitesRequest:
    """Return the request for seeds in any of the shapes that a client takes.

    Raises:
        ValueError: a seed is wrong; the message names it.
    """
    if isinstance(seeds, str):
        raise ValueError("seeds: should be a list; put the one program into a list")  # noqa: TRY004 - as for other wrong seeds
    rows = [
        {"id": f"seed{at}", "program": seed} if isinstance(seed, str) else seed
        for at, seed in enumerate(seeds)
    ]
    try:
        return SuitesRequest.model_validate({"seeds": rows, "with_programs": with_programs})
    except ValidationError as error:
        raise ValueError(summarize_errors(error)) from None
