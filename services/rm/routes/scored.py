"""Scores for all rows of a request, or its refusal.

None of the foreign wires has a word for "this one has no score". So nothing is answered but scores for all: a row
that cannot be scored (empty, too long, foreign tokens) is 422 and named, a fault of ours is 503, which clients try
again after. Never a score that the model did not give.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from clients.contract import FieldError, Slug
from services.common.problems import ProblemError

MAX_ERRORS = 8
"""Rows named in one refusal: enough to see what is wrong with a data set."""
RETRY_AFTER_S = 1
"""Batches take fractions of a second to seconds."""


@dataclass(frozen=True, slots=True)
class ScoredRow:
    """One row's score."""

    score: float
    """Raw."""
    tokens: int
    """Of the whole conversation."""
    computed: float = 0.0
    """Tokens that went through the model for it."""
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one row: a score, or an error."""

    score: float | None
    tokens: int
    computed: float
    truncated: bool
    error: str | None
    retryable: bool


def all_scored(found: Sequence[RowResult], where: Callable[[int], str]) -> list[ScoredRow]:
    """Return the scores, if there is one for each row; ``where`` names a row's place in the request.

    Raises:
        ProblemError: a row has none.
    """
    wrong = [(at, each) for at, each in enumerate(found) if each.score is None and not each.retryable]
    if wrong:
        errors = [FieldError(field=where(at), message=each.error or "no score") for at, each in wrong]
        detail = f"{errors[0].field}: {errors[0].message}"
        raise ProblemError(Slug.INVALID_REQUEST, detail, errors=errors[:MAX_ERRORS])
    late = next(((at, each) for at, each in enumerate(found) if each.score is None), None)
    if late:
        detail = f"{where(late[0])} has no score: {late[1].error}"
        raise ProblemError(Slug.NOT_SCORED, detail, retry_after_s=RETRY_AFTER_S)
    return [
        ScoredRow(each.score, each.tokens, each.computed, each.truncated)
        for each in found
        if each.score is not None
    ]


def activated(score: float, activation: str) -> float:
    """Return the score, or its logistic function: in float64, so that what differs still differs at 23."""
    if activation == "none":
        return score
    return 1 / (1 + math.exp(-score)) if score >= 0 else math.exp(score) / (1 + math.exp(score))


def usage(scored: Sequence[ScoredRow]) -> dict[str, int]:
    """Tokens, as OpenAI counts them."""
    tokens = sum(each.tokens for each in scored)
    return {"prompt_tokens": tokens, "total_tokens": tokens, "completion_tokens": 0}
