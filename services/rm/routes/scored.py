"""Returns the scores of all rows of a request, or refuses the request.

No foreign API can say "this row has no score". So a request is answered only if all of its rows have one. A row that
cannot be scored (empty, too long, unknown tokens) is answered 422 with its place. A row that the service failed to
score is answered 503, after which clients try again. A score that the model did not give is never answered.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from clients.contract import FieldError, Slug
from services.common.foreign import MAX_ROWS_NAMED
from services.common.problem_error import ProblemError

RETRY_AFTER_S = 1
"""Batches take fractions of a second to seconds."""


@dataclass(frozen=True, slots=True)
class ScoredRow:
    """The score of one row."""

    score: float
    """The raw score."""
    tokens: int
    """Tokens of the whole conversation."""
    computed: int = 0
    """Tokens that the model computed for it."""
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class RowResult:
    """The result of one row: a score, or an error."""

    score: float | None
    tokens: int
    computed: int
    truncated: bool
    error: str | None
    retryable: bool


def all_scored(results: Sequence[RowResult], where: Callable[[int], str]) -> list[ScoredRow]:
    """Return the score of every row. ``where`` returns the place in the request of the row at an index.

    Raises:
        ProblemError: a row has no score.
    """
    unscorable = [(row, result) for row, result in enumerate(results) if result.score is None]
    if final := [(row, result) for row, result in unscorable if not result.retryable]:
        errors = [FieldError(field=where(row), message=result.error or "no score") for row, result in final]
        detail = f"{errors[0].field}: {errors[0].message}"
        raise ProblemError(Slug.INVALID_REQUEST, detail, errors=errors[:MAX_ROWS_NAMED])
    if unscorable:
        row, result = unscorable[0]
        detail = f"{where(row)} has no score: {result.error}"
        raise ProblemError(Slug.NOT_SCORED, detail, retry_after_s=RETRY_AFTER_S)
    return [
        ScoredRow(result.score, result.tokens, result.computed, result.truncated)
        for result in results
        if result.score is not None
    ]


def activated(score: float, activation: str) -> float:
    """Return the score, or its logistic function if ``activation`` is not ``none``.

    It is computed in float64, so that scores of 23 and 24 still differ.
    """
    if activation == "none":
        return score
    return 1 / (1 + math.exp(-score)) if score >= 0 else math.exp(score) / (1 + math.exp(score))


def usage(rows: Sequence[ScoredRow]) -> dict[str, int]:
    """Return the number of tokens, in the fields of OpenAI's API."""
    tokens = sum(row.tokens for row in rows)
    return {"prompt_tokens": tokens, "total_tokens": tokens, "completion_tokens": 0}
