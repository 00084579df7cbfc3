"""Defines jobs: executions that the service accepts with status 202 and answers later.

``POST /v1/executions`` with ``Prefer: respond-async`` answers 202 with a ``Job`` and a ``Location``.
``GET /v1/jobs/{id}`` returns the job's state. ``GET /v1/jobs/{id}/results`` streams (NDJSON) the finished results,
then every other result as soon as it is finished. ``DELETE /v1/jobs/{id}`` cancels the job.
For a key that did not make the job, it does not exist.
"""

from enum import StrEnum

from clients.contract.base import ResponseModel
from clients.contract.results import ExecutionResponse


class JobState(StrEnum):
    """How far a job is."""

    QUEUED = "queued"
    """No candidate is judged yet."""
    RUNNING = "running"
    """Some candidates are judged."""
    FINISHED = "finished"
    """Every candidate has a result."""
    CANCELLED = "cancelled"
    """Cancelled before every candidate was judged; the rest are ``unscorable``."""


class Job(ResponseModel):
    """The state of one asynchronous execution."""

    id: str
    """The execution's id."""
    state: JobState
    """How far it is."""
    total: int
    """N, the number of its candidates."""
    done: int
    """Number of candidates that have a result."""
    response: ExecutionResponse | None = None
    """The complete answer, as soon as ``state`` is ``finished`` or ``cancelled``."""
