"""Jobs: work that is answered 202 and asked about later.

``POST /v1/executions`` with ``Prefer: respond-async`` answers 202 with a ``Job`` and a ``Location``;
``GET /v1/jobs/{id}`` tells its state, ``GET /v1/jobs/{id}/results`` streams (NDJSON) what is finished
and then what finishes, ``DELETE /v1/jobs/{id}`` cancels.
"""

from enum import StrEnum

from clients.contract.base import ResponseModel
from clients.contract.results import ExecutionResponse


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    """Nothing is judged yet."""
    RUNNING = "running"
    """Some candidates are judged."""
    FINISHED = "finished"
    """Every candidate is answered."""
    CANCELLED = "cancelled"
    """Cancelled before every candidate was judged; the rest are ``unscorable``."""


class Job(ResponseModel):
    """The state of one execution."""

    id: str
    """The execution's id."""
    state: JobState
    """Where it stands."""
    total: int
    """N, the candidates it has."""
    done: int
    """How many of them are answered."""
    response: ExecutionResponse | None = None
    """The whole answer, once ``state`` is ``finished`` or ``cancelled``."""
