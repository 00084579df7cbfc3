"""Awaits operations on Redis for routes, and answers 503 while Redis is away."""

from collections.abc import Awaitable
from typing import TypeVar

from redis import RedisError

from clients.contract import Slug
from services.common.problem_error import ProblemError

T = TypeVar("T")


async def or_unavailable(work: Awaitable[T]) -> T:
    """Await an operation on Redis.

    Raises:
        ProblemError: ``queue-unavailable``: Redis cannot be reached.
    """
    try:
        return await work
    except (RedisError, OSError) as exc:
        raise ProblemError(
            Slug.QUEUE_UNAVAILABLE, "Redis does not answer; try again shortly.", retry_after_s=1
        ) from exc
