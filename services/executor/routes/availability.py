"""Awaits operations on Redis for routes, and answers 503 while Redis is away or full."""

from collections.abc import Awaitable
from typing import TypeVar

from redis import RedisError

from clients.contract import Slug
from services.common.problem_error import ProblemError
from services.executor.broker.outage import describe_failure

T = TypeVar("T")


async def or_unavailable(work: Awaitable[T]) -> T:
    """Await an operation on Redis.

    Raises:
        ProblemError: ``queue-unavailable``: Redis cannot be reached, or refuses the operation.
    """
    try:
        return await work
    except (RedisError, OSError) as exc:
        detail = f"{describe_failure(exc)}; try again shortly."
        raise ProblemError(Slug.QUEUE_UNAVAILABLE, detail, retry_after_s=1) from exc
