"""Asynchronous jobs in Redis, so that any API process can tell about them.

The process that accepted a job runs it and writes here. If it dies, whoever asks next closes the job: what
has no answer yet is ``unscorable``, never silently missing.
"""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from clients.contract import (
    CandidateResult,
    ExecutionSummary,
    JobState,
    Slug,
    Status,
    UnscorableReason,
)
from services.executor import keys
from services.executor.answers import job_json, response_json
from services.executor.broker import Broker
from services.executor.execution import Answer, Execution
from services.executor.settings import BEAT_S, OWNER_LOST_S
from services.kit.problems import ProblemError

_ENDED = (JobState.FINISHED, JobState.CANCELLED)
_ORPHANED = "the API process that ran the job ended; send the candidate again"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a job stands."""

    state: JobState
    total: int
    done: int
    seats: list[tuple[str, str]]
    """Id and suite of each candidate."""
    summary: str
    """JSON of the ``ExecutionSummary``; complete once the job has ended."""


class JobStore:
    """Jobs, by the id of their execution."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._redis = broker.redis
        self._ttl_s = broker.settings.job_ttl_s

    async def create(self, execution: Execution, kept_s: int) -> None:
        """Write down that a job exists; ``kept_s`` is how long it may run and be asked about."""
        name = keys.job(execution.id)
        async with self._redis.pipeline() as pipe:
            pipe.hset(
                name,
                mapping={
                    "state": JobState.QUEUED,
                    "total": execution.total,
                    "done": 0,
                    "seats": json.dumps(execution.seats()),
                    "summary": execution.summary().model_dump_json(),
                },
            )
            pipe.expire(name, kept_s)
            pipe.set(keys.owner(execution.id), 1, ex=OWNER_LOST_S)
            await pipe.execute()

    async def run(self, execution: Execution) -> None:
        """Carry a job through, writing answers as they come."""
        done = 0
        async for batch in execution.answers():
            done += len(batch)
            if batch:
                await self._write(execution.id, batch, JobState.RUNNING, done)
        state = JobState.CANCELLED if execution.cancelled else JobState.FINISHED
        await self._end(execution.id, state, done, execution.summary().model_dump_json())

    async def _write(self, job_id: str, batch: Sequence[Answer], state: JobState, done: int) -> None:
        fields: dict[Any, Any] = dict(batch)
        async with self._redis.pipeline() as pipe:
            pipe.xadd(keys.job_lines(job_id), fields)
            pipe.expire(keys.job_lines(job_id), self._ttl_s + int(self._broker.settings.max_deadline_s))
            pipe.hset(keys.job(job_id), mapping={"state": state, "done": done})
            await pipe.execute()

    async def _end(self, job_id: str, state: JobState, done: int, summary: str) -> None:
        async with self._redis.pipeline() as pipe:
            pipe.hset(keys.job(job_id), mapping={"state": state, "done": done, "summary": summary})
            pipe.xadd(keys.job_lines(job_id), {"end": summary})
            pipe.expire(keys.job(job_id), self._ttl_s)
            pipe.expire(keys.job_lines(job_id), self._ttl_s)
            await pipe.execute()

    async def standing(self, job_id: str) -> Standing:
        """Where a job stands; closes it if nobody runs it any more.

        Raises:
            ProblemError: ``not-found``.
        """
        found: Any = await self._redis.hgetall(keys.job(job_id))
        if not found:
            raise ProblemError(Slug.NOT_FOUND, f"No job {job_id!r}: jobs are kept for {self._ttl_s} seconds.")
        standing = Standing(
            state=JobState(found[b"state"].decode()),
            total=int(found[b"total"]),
            done=int(found[b"done"]),
            seats=json.loads(found[b"seats"]),
            summary=found[b"summary"].decode(),
        )
        if standing.state in _ENDED or await self._redis.exists(keys.owner(job_id)):
            return standing
        await self._close_orphan(job_id, standing)
        return await self.standing(job_id)

    async def _close_orphan(self, job_id: str, standing: Standing) -> None:
        answered = await self.lines(job_id)
        missing = [
            (index, _unanswered(index, *seat))
            for index, seat in enumerate(standing.seats)
            if index not in answered
        ]
        if missing:
            await self._write(job_id, missing, JobState.RUNNING, standing.total)
        await self._end(job_id, JobState.FINISHED, standing.total, standing.summary)

    async def lines(self, job_id: str) -> dict[int, bytes]:
        """The answers there are, by candidate."""
        entries: Any = await self._redis.xrange(keys.job_lines(job_id))
        return {int(name): line for _, fields in entries for name, line in fields.items() if name.isdigit()}

    async def as_json(self, job_id: str) -> bytes:
        """The ``Job``, with its whole answer once it has ended."""
        standing = await self.standing(job_id)
        response = None
        if standing.state in _ENDED:
            summary = ExecutionSummary.model_validate_json(standing.summary)
            response = response_json(summary, await self.lines(job_id))
        return job_json(job_id, standing.state, standing.total, standing.done, response)

    async def follow(self, job_id: str) -> AsyncIterator[bytes]:
        """The answers so far and then as they come, one JSON text each; the summary is the last."""
        after = b"0"
        while True:
            entries = await self._broker.read(keys.job_lines(job_id), after, BEAT_S)
            for entry, fields in entries:
                after = entry
                if b"end" in fields:
                    yield fields[b"end"]
                    return
                for line in fields.values():
                    yield line
            if not entries:
                await self.standing(job_id)

    async def cancel(self, job_id: str) -> None:
        """Cancel a job that runs; one that has ended stays as it is."""
        standing = await self.standing(job_id)
        if standing.state in _ENDED:
            return
        await self._redis.xadd(keys.results(job_id), {"cancel": 1})
        async for _ in self.follow(job_id):  # its owner answers the rest at once
            pass


def _unanswered(index: int, name: str, suite: str) -> bytes:
    result = CandidateResult(
        id=name,
        index=index,
        suite=suite,
        status=Status.UNSCORABLE,
        reason=UnscorableReason.QUEUE_UNAVAILABLE,
        detail=_ORPHANED,
    )
    return result.model_dump_json().encode()
