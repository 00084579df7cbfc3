"""Routes of executions that ended: lists what is kept of a key's latest ones. For other keys they do not exist.

Example: ``GET /v1/executions`` is answered ``[{"id": "9f…", "total": 16, "judged": 16, "passed": 3, "failures":
[{"index": 2, "outcome": "wrong_answer", …}], …}]``; ``GET /v1/executions/9f…`` has the programs.
"""

from fastapi import APIRouter, Request, Response

from clients.contract import ExecutionInfo, KeptExecution, Slug
from services.common.openapi import problem_responses
from services.common.problem_error import ProblemError
from services.common.tickets import ticket_of
from services.executor.broker.broker import Broker
from services.executor.routes.availability import or_unavailable

JSON = "application/json"
_PROBLEMS = problem_responses(
    {
        401: "The key is missing or wrong",
        429: "This key has too much in flight; see Retry-After",
        503: "Redis cannot be reached",
    }
)
_ONE_PROBLEMS = _PROBLEMS | problem_responses(
    {404: "No such execution is kept", 422: "The id is not the id of an execution"}
)


def router(broker: Broker) -> APIRouter:
    """Return the routes that read ``/v1/executions``."""
    routes = APIRouter(prefix="/v1/executions", tags=["executions"])

    @routes.get("", response_model=list[ExecutionInfo], responses=_PROBLEMS)
    async def executions(request: Request) -> Response:
        """List the executions of this key that ended lately, the latest first.

        The server keeps the latest ones for a limited time, and not every one of a client that sends many a second.
        """
        infos = await or_unavailable(broker.kept.read_infos(ticket_of(request).caller))
        return Response(b"[" + b",".join(infos) + b"]", media_type=JSON)

    @routes.get("/{execution_id}", response_model=KeptExecution, responses=_ONE_PROBLEMS)
    async def execution(execution_id: str, request: Request) -> Response:
        """Return programs, tests and results of an execution that ended. One of another key is not found."""
        whole = await or_unavailable(broker.kept.read(execution_id, ticket_of(request).caller))
        if whole is None:
            raise ProblemError(Slug.NOT_FOUND, _explain(broker))
        return Response(whole, media_type=JSON)

    return routes


def _explain(broker: Broker) -> str:
    settings = broker.settings
    if not settings.kept_executions:
        return "No execution is kept: EXECUTOR_KEPT_EXECUTIONS is 0."
    return (
        f"No such execution of this key is kept: the latest {settings.kept_executions} are, for "
        f"{settings.kept_executions_s} seconds (EXECUTOR_KEPT_EXECUTIONS, EXECUTOR_KEPT_EXECUTIONS_S)."
    )
