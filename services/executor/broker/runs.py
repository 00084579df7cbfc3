"""Keeps in Redis which executions of each caller are in progress, lists them by run, and cancels a run.

Each execution has an entry in the hash of its caller, beside the key that shows that it is alive. Its API process
writes the entry with its chunks, renews it once a second, and deletes it at the end. A small request has an entry after
its first second only: most end before that, and the entry would cost the API process 6 % more CPU time for each. An
entry whose process died is removed when it is read.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from redis.asyncio import Redis as AsyncRedis

from clients.contract import RunInfo
from services.executor.broker import redis_keys
from services.executor.planning.flows import Flow
from services.executor.settings import OWNER_LOST_S

ENTRIES_TTL_S = 60
"""How long the entries of a caller stay after the last of them was renewed: longer than an outage of Redis that
requests wait for."""


@dataclass(frozen=True, slots=True)
class RunEntry:
    """What ``GET /v1/runs`` shows of one execution."""

    execution: str
    run: str
    total: int
    done: int
    """Candidates that have a result; up to a second old."""
    age_s: float
    """Seconds since it was accepted, as its API process measured them; up to a second old. No clocks of two hosts are
    compared."""
    run_s: float = 0.0
    """Sum of the seconds for which each of its programs was judged."""

    def encode(self) -> str:
        """Return the entry as Redis holds it. Older versions read the time of acceptance in place of the age."""
        accepted_at = time.time() - self.age_s
        return json.dumps(
            [self.run, self.total, self.done, accepted_at, round(self.run_s, 3), round(self.age_s, 3)]
        )

    @classmethod
    def decode(cls, execution: str, text: bytes) -> Self | None:
        """Return the entry that ``encode`` wrote; ``None`` for one that this version cannot read.

        API processes of several versions write into one hash. An older one leaves out the end, and what a later one has
        added there is left out here.
        """
        try:
            run, total, done, accepted_at, *later = json.loads(text)
            run_s = float(later[0]) if later else 0.0
            age_s = float(later[1]) if len(later) > 1 else max(time.time() - float(accepted_at), 0.0)
            return cls(execution, str(run), int(total), int(done), age_s, run_s)
        except (ValueError, TypeError):
            return None


def write_entry(pipe: Any, caller: str, entry: RunEntry) -> None:  # noqa: ANN401 - redis-py has two pipelines
    """Write the entry of an execution, and renew the key that shows that it is alive."""
    pipe.set(redis_keys.owner(entry.execution), str(Flow(caller, entry.run)), ex=OWNER_LOST_S)
    pipe.hset(redis_keys.runs(caller), entry.execution, entry.encode())
    pipe.expire(redis_keys.runs(caller), ENTRIES_TTL_S)


class RunRegistry:
    """The executions in progress, by caller and run."""

    def __init__(self, redis: AsyncRedis) -> None:
        self._redis = redis

    async def list_runs(self, caller: str, waiting: Mapping[str, int]) -> list[RunInfo]:
        """Return the runs of a caller that are in progress, the oldest first. ``waiting`` is read by the caller: how
        many candidates of each run wait in the queues. Requests that name no run are together the run ``None``.
        """
        by_run: dict[str, list[RunEntry]] = {}
        for entry in await self._live_entries(caller):
            by_run.setdefault(entry.run, []).append(entry)
        infos = [
            RunInfo(
                run=run or None,
                executions=len(entries),
                total=sum(entry.total for entry in entries),
                done=sum(entry.done for entry in entries),
                waiting=waiting.get(run, 0),
                age_s=round(max(entry.age_s for entry in entries), 1),
                run_s=round(sum(entry.run_s for entry in entries), 3),
            )
            for run, entries in by_run.items()
        ]
        return sorted(infos, key=lambda info: -info.age_s)

    async def cancel(self, caller: str, run: str) -> int:
        """Cancel all executions of a run of a caller; return how many there were."""
        entries = [entry for entry in await self._live_entries(caller) if entry.run == run]
        async with self._redis.pipeline() as pipe:
            for entry in entries:
                request_cancellation(pipe, entry.execution)
            await pipe.execute()
        return len(entries)

    async def remove(self, caller: str, execution: str) -> None:
        """Remove the entry of an execution that has ended."""
        await self._redis.hdel(redis_keys.runs(caller), execution)

    async def _live_entries(self, caller: str) -> list[RunEntry]:
        """Return the entries of executions that are alive, and delete the others."""
        fields: Any = await self._redis.hgetall(redis_keys.runs(caller))
        names = [name.decode() for name in fields]
        alive: Any = await self._redis.mget([redis_keys.owner(name) for name in names]) if names else []
        gone = [name for name, mark in zip(names, alive, strict=True) if mark is None]
        if gone:
            await self._redis.hdel(redis_keys.runs(caller), *gone)
        return [
            RunEntry.decode(name, fields[name.encode()]) or _entry_of_owner(name, mark)
            for name, mark in zip(names, alive, strict=True)
            if mark is not None
        ]


def _entry_of_owner(execution: str, mark: bytes) -> RunEntry:
    """Return an entry without counts: an execution of another version can be listed and cancelled by its run."""
    return RunEntry(execution, Flow.parse(mark.decode()).run, 0, 0, 0.0)


def request_cancellation(pipe: Any, execution: str) -> None:  # noqa: ANN401 - redis-py has two pipelines
    """Have the API process of an execution end it: every candidate without a result becomes ``unscorable``."""
    pipe.xadd(redis_keys.results(execution), {"cancel": 1})
    pipe.expire(redis_keys.results(execution), redis_keys.RESULTS_TTL_S)
