"""Lists the foreign APIs of the reward model: the APIs that frameworks already speak.

To add one, write a module beside this one and name it in ``FOREIGN_APIS``.
"""

from collections.abc import Sequence
from typing import Protocol

from fastapi import APIRouter
from fastapi.routing import APIRoute
from pydantic import BaseModel

from services.common.authentication import OUR_API
from services.rm.routes import classify, embeddings, llamafactory, openrlhf, rerank, score, slime
from services.rm.routes.foreign import RequestScorer
from services.rm.serving.scoring import Scoring
from services.rm.settings import RmSettings


class ForeignApi(Protocol):
    """What the module of a foreign API defines."""

    @property
    def BODY(self) -> type[BaseModel]:  # noqa: N802 - a module's constant
        """The message that its requests carry, for the OpenAPI document."""

    def router(self, scorer: RequestScorer) -> APIRouter:
        """Return the routes of the API."""


FOREIGN_APIS: tuple[ForeignApi, ...] = (openrlhf, classify, embeddings, score, rerank, llamafactory, slime)


def foreign_routers(scoring: Scoring, settings: RmSettings) -> list[APIRouter]:
    """Return one router for each foreign API."""
    scorer = RequestScorer(scoring, settings)
    return [api.router(scorer) for api in FOREIGN_APIS]


def foreign_bodies() -> list[type[BaseModel]]:
    """Return the message of each foreign API, for the OpenAPI document."""
    return [api.BODY for api in FOREIGN_APIS]


def paths_below_v1(routers: Sequence[APIRouter]) -> frozenset[str]:
    """Return the paths of foreign APIs that begin like those of our own API.

    Their clients do not understand a 429, so ``services.common.authentication`` must tell them from ours.
    """
    routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
    return frozenset(route.path for route in routes if route.path.startswith(OUR_API))
