"""Tracks how long Redis has been unreachable, and retries what needs Redis meanwhile.

Most outages are restarts of a few seconds. Work in progress waits for the end of one; what a Redis that keeps
nothing on disk has lost by then is sent again.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

import structlog
from redis import Redis, RedisError
from redis.exceptions import ResponseError

from services.executor.broker.cache import evict_some, is_full
from services.executor.settings import WORKER_LOST_S

T = TypeVar("T")
RETRY_S = 0.25
"""Pause between two attempts to reach a Redis that does not answer."""


def describe_failure(error: Exception) -> str:
    """Return what is wrong with Redis, and what to do about it where that is known, as the beginning of a message."""
    if is_full(error):
        return "Redis is full (raise its maxmemory)"
    if isinstance(
        error, ResponseError
    ):  # MISCONF: it cannot write to its disk; READONLY: it is a replica now; …
        return f"Redis refuses a command ({str(error).partition('.')[0]})"
    return "Redis does not answer"


@dataclass(slots=True)
class Outage:
    """The outage of Redis that lasts, or the last one there was."""

    patience_s: float
    """How long an outage is waited for."""
    began_at: float | None = None
    """By the monotonic clock; ``None``: Redis answers."""
    ended_at: float = float("-inf")
    """By the monotonic clock: the end of the last outage."""

    def record_failure(self) -> None:
        """Note that Redis did not answer, or refused to write."""
        if self.began_at is None:
            self.began_at = time.monotonic()

    def record_success(self) -> None:
        """Note that Redis answered."""
        if self.began_at is not None:
            self.began_at = None
            self.ended_at = time.monotonic()

    @property
    def is_too_long(self) -> bool:
        """Whether Redis has been away for longer than ``patience_s``."""
        return self.began_at is not None and time.monotonic() - self.began_at > self.patience_s

    @property
    def may_lack_heartbeats(self) -> bool:
        """Whether a worker without a heartbeat may be alive: it has not had the time to send one since the outage."""
        return self.began_at is not None or time.monotonic() - self.ended_at < WORKER_LOST_S


async def retry(action: Callable[[], Awaitable[object]], patience_s: float) -> None:
    """Do something that needs Redis, and repeat it while Redis is away, for at most ``patience_s``.

    Raises:
        RedisError, OSError: Redis was away for longer.
    """
    outage = Outage(patience_s)
    while True:
        try:
            await action()
            return
        except (RedisError, OSError):
            outage.record_failure()
            if outage.is_too_long:
                raise
            await asyncio.sleep(RETRY_S)


def retry_blocking(redis: Redis, action: Callable[[], T], ends_at: Callable[[], float]) -> T:
    """Do something that needs Redis, and repeat it while Redis is away or full; for threads.

    ``ends_at`` is when to give up, by the monotonic clock; it is asked before each repetition, since it may change
    meanwhile. A Redis that is full loses some cached records first.

    Raises:
        RedisError: the last attempt failed.
    """
    while True:
        try:
            return action()
        except RedisError as exc:
            if time.monotonic() >= ends_at():
                raise
            if is_full(exc):
                with suppress(RedisError):
                    evict_some(redis)
            structlog.get_logger().warning(f"{describe_failure(exc)}; trying again", error=str(exc))
            time.sleep(RETRY_S)
