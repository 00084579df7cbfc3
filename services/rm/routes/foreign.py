"""All foreign wires of this service. One more is a file beside this one, and a line here."""

from fastapi import APIRouter, Security
from fastapi.security import HTTPBearer

from services.rm.routes import classify, embeddings, llamafactory, openrlhf, rerank, score, slime
from services.rm.routes.wire import Wire
from services.rm.serving.scoring import Scoring
from services.rm.settings import RmSettings

WIRES = (openrlhf, classify, embeddings, score, rerank, llamafactory, slime)
MESSAGES = (
    openrlhf.GetReward,
    classify.Classify,
    embeddings.Embeddings,
    score.Score,
    rerank.Rerank,
    llamafactory.ScoreEvaluation,
    slime.RemoteRm,
)
"""Bodies, for the OpenAPI document."""
BELOW_OURS = frozenset({"/v1/embeddings", "/v1/score", "/v1/rerank", "/v1/score/evaluation"})
"""Paths that begin like our own wire's, whose clients know no 429."""


def routers(scoring: Scoring, settings: RmSettings) -> list[APIRouter]:
    """Return a router for each wire."""
    wire = Wire(scoring, settings)
    shown = [Security(HTTPBearer(auto_error=False))] if settings.all_tokens() else []
    found = []
    for module in WIRES:
        outer = APIRouter(dependencies=shown)  # for the document only: it is the gate that looks at keys
        outer.include_router(module.Routes(wire).router())
        found.append(outer)
    return found
