"""Lists the foreign APIs of the executor: the APIs that frameworks already speak.

To add one, write a module beside this one and name it in ``FOREIGN_APIS``.
"""

from typing import Protocol

from fastapi import APIRouter

from services.common.openapi import problem_responses
from services.executor.routes import nemo_gym, open_instruct, openrlhf, sandbox_fusion, slime
from services.executor.routes.foreign import Judge
from services.executor.settings import ExecutorSettings


class ForeignApi(Protocol):
    """What the module of a foreign API defines."""

    def router(self, judge: Judge, settings: ExecutorSettings) -> APIRouter:
        """Return the routes of the API."""


FOREIGN_APIS: tuple[ForeignApi, ...] = (sandbox_fusion, openrlhf, slime, nemo_gym, open_instruct)

FOREIGN_ERRORS = problem_responses(
    {
        400: "The body is not JSON",
        401: "The key is missing or wrong",
        404: "There is no such path",
        413: "The body is too large",
        422: "The request is not valid",
        429: "This key has too much in flight; see Retry-After",
        503: "The queue is full or cannot be reached; see Retry-After",
    }
) | {504: {"description": "Not judged within the client's budget"}}
"""Errors that every foreign API may answer, for the OpenAPI document."""


def foreign_routers(judge: Judge, settings: ExecutorSettings) -> list[APIRouter]:
    """Return one router for each foreign API."""
    return [api.router(judge, settings) for api in FOREIGN_APIS]
