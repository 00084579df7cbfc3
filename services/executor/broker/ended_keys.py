"""Deletes the keys of executions that have ended, those of several executions in one command.

Nothing waits for it: the keys expire anyway. A small request would otherwise cost a command of its own after its
answer.
"""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from redis.asyncio import Redis as AsyncRedis

from services.executor.broker import redis_keys
from services.executor.broker.outage import retry

GATHER_S = 0.1
"""How long the keys of one execution wait for those of others."""
PATIENCE_S = 30
"""How long the deletion is tried while Redis is away."""


class EndedKeys:
    """The keys of one API process that are to be deleted; lives in its event loop."""

    def __init__(self, redis: AsyncRedis, start_task: Callable[[Coroutine[Any, Any, None]], None]) -> None:
        """``start_task`` runs a deletion in the background."""
        self._redis = redis
        self._start_task = start_task
        self._executions: list[str] = []

    def add(self, execution: str) -> None:
        """Delete the keys of an execution within ``GATHER_S``."""
        if not self._executions:
            self._start_task(self._delete_later())
        self._executions.append(execution)

    async def delete(self, *executions: str) -> None:
        """Delete the keys of executions now."""
        kinds = (redis_keys.owner, redis_keys.results, redis_keys.taken)
        await self._redis.delete(*(key_of(name) for name in executions for key_of in kinds))

    async def _delete_later(self) -> None:
        await asyncio.sleep(GATHER_S)
        executions, self._executions = self._executions, []
        await retry(partial(self.delete, *executions), PATIENCE_S)
