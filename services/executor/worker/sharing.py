"""Gives units of a chunk that are not begun back to their owner, if other workers are idle.

A program that loops keeps its worker for seconds, and the units behind it in the chunk wait. If nothing is in the
queues, they are given back through the stream of the execution. The owner sends them again, before all others, as a
chunk that is no loss (``planning.lost_chunks.plan_shared``); the first worker that is free takes it.

Not promised: that another worker is idle. If none is, the chunk waits for the first, which may be this one.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from redis import Redis, RedisError
from rq import Queue

from clients.contract import Priority
from services.executor.broker import redis_keys
from services.executor.worker.outbox import Outbox


class Sharing:
    """Shares the chunks of one worker."""

    def __init__(self, redis: Redis, environments: Iterable[str]) -> None:
        self._redis = redis
        self._lists = [
            Queue.redis_queue_namespace_prefix + redis_keys.queue(name, priority)
            for name in environments
            for priority in Priority
        ]

    def _others_may_be_idle(self, environment: str) -> bool:
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.exists(*self._lists)
            pipe.scard(redis_keys.workers(environment))
            waiting, workers = pipe.execute()
        return not waiting and workers > 1

    def acceptor(
        self, payload: dict[str, Any], outbox: Outbox, units: Sequence[tuple[int, str]]
    ) -> Callable[[Sequence[int]], bool]:
        """Return what accepts programs of a chunk for others; ``units`` has the number of each program's unit first.

        An owner of an earlier release does not understand units that are given back, and does not ask for it.
        """

        def accept(programs: Sequence[int]) -> bool:
            try:
                if not payload.get("takes_back") or not self._others_may_be_idle(payload["environment"]):
                    return False
                numbers = " ".join(str(units[program][0]) for program in programs)
                outbox.flush({"shares": payload["chunk"], "units": numbers})
            except RedisError:
                # If the owner knows all the same, both judge them, and the first result counts.
                return False
            return True

        return accept
