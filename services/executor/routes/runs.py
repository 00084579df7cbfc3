"""Routes of runs: lists what a key has in progress by run, and cancels a run. For other keys its runs do not exist.

Example: ``GET /v1/runs`` is answered ``[{"run": "nightly-7", "executions": 4, "total": 64000, "done": 9120, "waiting":
54752, "age_s": 212.0}]``.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping

from fastapi import APIRouter, Request

from clients.contract import RunInfo, Slug
from services.common.openapi import problem_responses
from services.common.problem_error import ProblemError
from services.common.tickets import ticket_of
from services.executor.broker.broker import Broker
from services.executor.routes.availability import or_unavailable

_PROBLEMS = problem_responses(
    {
        401: "The key is missing or wrong",
        429: "This key has too much in flight; see Retry-After",
        503: "Redis cannot be reached",
    }
)
_CANCEL_PROBLEMS = _PROBLEMS | problem_responses(
    {404: "No such run is in progress", 422: "The run is not the name of a run"}
)


def router(broker: Broker) -> APIRouter:
    """Return the routes under ``/v1/runs``."""
    routes = APIRouter(prefix="/v1/runs", tags=["runs"])

    async def list_runs(caller: str) -> list[RunInfo]:
        waiting = await asyncio.to_thread(_count_waiting, broker, caller)
        return await broker.runs.list_runs(caller, waiting)

    @routes.get("", responses=_PROBLEMS)
    async def runs(request: Request) -> list[RunInfo]:
        """List the runs of this key that have requests in progress, the oldest first.

        A request of up to 16 candidates is listed and cancelled if it is older than a second.
        """
        return await or_unavailable(list_runs(ticket_of(request).caller))

    @routes.delete("/{run:path}", responses=_CANCEL_PROBLEMS)
    async def cancel(run: str, request: Request) -> RunInfo:
        """Cancel all requests and jobs of a run that are in progress; return what it had in progress.

        Candidates without a verdict become ``unscorable`` within a second. Requests of the run that come later are
        accepted: stop the client first.
        """
        caller = ticket_of(request).caller
        infos = [info for info in await or_unavailable(list_runs(caller)) if info.run == run]
        if not await or_unavailable(broker.runs.cancel(caller, run)) or not infos:
            raise ProblemError(
                Slug.NOT_FOUND, f"No run {run!r} is in progress; GET /v1/runs lists the runs of this key."
            )
        return infos[0]

    return routes


def _count_waiting(broker: Broker, caller: str) -> Mapping[str, int]:
    """Return how many programs of each run of a caller wait, in the queues of all environments."""
    counts: Counter[str] = Counter()
    for environment in broker.settings.environments:
        for flow, count in broker.queue.count_by_flow(environment).items():
            if flow.caller == caller:
                counts[flow.run] += count
    return counts
