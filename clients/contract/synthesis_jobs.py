"""Defines the messages of ``POST /v1/suites``: a few seeds in, a job, and one result per seed.

Synthesis takes minutes, so the answer is always a job (202). ``GET /v1/suites/{id}`` returns its state, ``GET
/v1/suites/{id}/results`` streams (NDJSON) the results that are ready, then every other one as soon as it is ready, and
ends with a line that holds the job. ``DELETE /v1/suites/{id}`` cancels it. For a key that did not make the job, it does
not exist. The same seeds and options from the same key are the same job.
"""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from clients.contract.base import RequestModel, ResponseModel
from clients.contract.jobs import JobState
from clients.contract.suites import Suite
from clients.contract.synthesis import Seed, SynthRow


class SuitesRequest(RequestModel):
    """Body of ``POST /v1/suites``."""

    seeds: Annotated[list[Seed], Field(min_length=1)]
    """What the suites are made from; each has an id. The server's limit is in ``GET /v1/suites``."""
    with_programs: bool = True
    """Whether programs are sampled and scored, too, and not only suites made."""

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        seen: set[str] = set()
        for index, seed in enumerate(self.seeds):
            if seed.id in seen:
                raise ValueError(f"seeds[{index}]: id {seed.id!r} is used twice; ids must be unique")
            seen.add(seed.id)
        return self


class SynthStatus(StrEnum):
    """What became of a seed."""

    KEPT = "kept"
    """It has a question and a suite."""
    DROPPED = "dropped"
    """A stage dropped it; ``reason`` says why."""
    CANCELLED = "cancelled"
    """The job was cancelled before it was finished."""


class SuiteResult(ResponseModel):
    """What was made of one seed."""

    index: int
    """Position of the seed in the request, from 0."""
    status: SynthStatus
    """Whether it has a suite."""
    stage: str = ""
    """The stage that dropped it."""
    reason: str = ""
    """Why it was dropped: a code of ``docs/synthesis.md``."""
    detail: str = ""
    """The reason in words."""
    row: SynthRow
    """The seed with all that was made of it: question, tests kept and dropped, programs."""

    @property
    def suite(self) -> Suite | None:
        """The kept tests as a suite that the executor judges by; ``None`` if the seed was not kept."""
        return self.row.suite() if self.status is SynthStatus.KEPT else None


class SuitesJob(ResponseModel):
    """The state of one job."""

    id: str
    """The job's id."""
    state: JobState
    """How far it is."""
    total: int
    """Number of seeds."""
    done: int
    """Number of seeds that have a result."""
    stages: dict[str, int] = {}  # noqa: RUF012  -- pydantic copies defaults
    """Stage → seeds that went through it."""
    paused: str = ""
    """Why the job waits, if a service that it needs cannot be reached; empty if it does not wait."""


class SynthInfo(ResponseModel):
    """Answer to ``GET /v1/suites``: what the service does."""

    stages: list[str]
    """The stages, in order."""
    models: dict[str, list[str]]
    """Role → names of its models."""
    max_seeds: int
    """Most seeds of one request."""
