"""Defines runs: requests of one key that have a name together, such as a training run or an evaluation.

``GET /v1/runs`` lists the runs of the key that have requests in progress. ``DELETE /v1/runs/{run}`` cancels all
requests of one of them. For a key, the runs of other keys do not exist.
"""

from typing import Annotated

from pydantic import Field

from clients.contract.base import ResponseModel

RUN_PATTERN = r"^[A-Za-z0-9][!-~]{0,199}$"
"""A run: up to 200 visible characters of ASCII without blanks; the first is a letter or a digit."""
RunName = Annotated[str, Field(pattern=RUN_PATTERN)]
"""Name of a run."""


class RunInfo(ResponseModel):
    """What a run has in progress."""

    run: str | None
    """Its name; ``None`` for the requests that name no run."""
    executions: int
    """Requests and jobs that are not fully answered."""
    total: int
    """Candidates of these."""
    done: int
    """Those of them that have a result; up to a second old."""
    waiting: int
    """Programs that wait in the queue for a worker. Equal candidates of a request are one program."""
    age_s: float
    """Seconds since the oldest of its requests was accepted."""
    run_s: float = 0.0
    """Sum of the seconds for which each program of these requests was judged; up to a second old. Divided by the time
    between two readings, its increase is the number of programs that are judged at once."""
