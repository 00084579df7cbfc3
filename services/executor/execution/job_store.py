"""Asynchronous jobs in Redis, so that any API process can tell about them.

The process that accepted a job runs it, writes here, and writes all of it again should Redis have forgotten. If
the process dies, whoever asks next closes the job: what has no answer yet is ``unscorable``, never
silently missing. Every write looks first whether the job has been closed, so that nobody is answered twice.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import Any

import structlog
from redis import RedisError, WatchError

from clients.contract import (
    CandidateResult,
    ExecutionSummary,
    JobState,
    Slug,
    Status,
    UnscorableReason,
)
from services.common.problems import ProblemError
from services.executor.broker import redis_keys
from services.executor.broker.broker import Broker
from services.executor.broker.outage import RETRY_S, Outage, retry
from services.executor.broker.redis_keys import RESULTS_TTL_S
from services.executor.execution.execution import Execution
from services.executor.results.records import job_json, response_json
from services.executor.settings import BEAT_S, OWNER_LOST_S

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


@dataclass(slots=True)
class Run:
    """A job that this process runs: enough to write all of it again."""

    execution: Execution
    kept_s: int
    """How long it may run and be asked about."""
    lines: dict[int, bytes] = field(default_factory=dict)
    """The answers so far."""
    unsaved: dict[int, bytes] = field(default_factory=dict)


class JobStore:
    """Jobs, by the id of their execution."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._redis = broker.redis
        self._ttl_s = broker.settings.job_ttl_s
        self._runs: dict[str, Run] = {}

    async def create(self, execution: Execution, kept_s: int) -> None:
        """Write down that a job exists; ``kept_s`` is how long it may run and be asked about.

        Raises:
            RedisError, OSError: it does not exist, and its work is taken back.
        """
        run = Run(execution, kept_s)
        try:
            await self._save(run)
        except (RedisError, OSError):
            execution.abandon()
            raise
        self._runs[execution.id] = run

    async def run(self, execution: Execution) -> None:
        """Carry a job through, writing answers as they come."""
        run = self._runs[execution.id]
        try:
            async with aclosing(execution.answers()) as answers:
                async for batch in answers:
                    run.lines.update(batch)
                    run.unsaved.update(batch)
                    if execution.done:  # before the execution lets go of the job: see ``standing``
                        await self._end(run)
                    elif not await self._saved(run):
                        return
        finally:
            del self._runs[execution.id]

    async def _saved(self, run: Run) -> bool:
        """Write what is new, now or the next time; false if the job is closed."""
        try:
            return await self._save(run)
        except (RedisError, OSError) as exc:
            structlog.get_logger().warning("answers not written", job=run.execution.id, error=str(exc))
            return True

    async def _end(self, run: Run) -> None:
        state = JobState.CANCELLED if run.execution.cancelled else JobState.FINISHED

        async def save() -> None:
            await self._broker.say_alive(run.execution.id)
            await self._save(run, state)

        await retry(save, self._broker.settings.redis_patience_s)  # after that, a reader closes the job

    async def _save(self, run: Run, state: JobState = JobState.RUNNING) -> bool:
        """Write what Redis does not know; false if the job has ended by another hand.

        Raises:
            RedisError, OSError: nothing was written.
        """
        name = redis_keys.job(run.execution.id)
        async with self._redis.pipeline() as pipe:
            await pipe.watch(name)
            known: Any = await pipe.hget(name, "state")
            if known is not None and JobState(known.decode()) in _ENDED:
                return False
            lines = run.unsaved if known is not None else run.lines
            if known is not None and not lines and state not in _ENDED:
                return True
            pipe.multi()  # type: ignore[no-untyped-call]
            if known is None:
                self._write_all(pipe, run)
            self._write(
                pipe, run.execution.id, lines, state if run.lines else JobState.QUEUED, len(run.lines)
            )
            if state in _ENDED:
                self._write_end(pipe, run.execution.id, state, run.execution.summary().model_dump_json())
            await pipe.execute()
        run.unsaved.clear()
        return True

    @staticmethod
    def _write_all(pipe: Any, run: Run) -> None:  # noqa: ANN401 - redis-py's pipeline
        execution, name = run.execution, redis_keys.job(run.execution.id)
        fields = {
            "total": execution.total,
            "seats": json.dumps(execution.seats()),
            "summary": execution.summary().model_dump_json(),
        }
        pipe.hset(name, mapping=fields)
        pipe.expire(name, run.kept_s)
        pipe.set(redis_keys.owner(execution.id), 1, ex=OWNER_LOST_S)

    def _write(self, pipe: Any, job_id: str, lines: Mapping[int, bytes], state: JobState, done: int) -> None:  # noqa: ANN401
        if lines:
            pipe.xadd(redis_keys.job_lines(job_id), dict(lines))
            pipe.expire(redis_keys.job_lines(job_id), self._ttl_s + int(self._broker.settings.max_deadline_s))
        pipe.hset(redis_keys.job(job_id), mapping={"state": state, "done": done})

    def _write_end(self, pipe: Any, job_id: str, state: JobState, summary: str) -> None:  # noqa: ANN401
        pipe.hset(redis_keys.job(job_id), mapping={"state": state, "summary": summary})
        pipe.xadd(redis_keys.job_lines(job_id), {"end": summary})
        pipe.expire(redis_keys.job(job_id), self._ttl_s)
        pipe.expire(redis_keys.job_lines(job_id), self._ttl_s)

    async def standing(self, job_id: str) -> Standing:
        """Where a job stands; closes it if nobody runs it any more.

        Raises:
            ProblemError: ``not-found``.
        """
        while True:
            found: Any = await self._redis.hgetall(redis_keys.job(job_id))
            ours = self._runs.get(job_id)
            if not found and ours:
                with suppress(WatchError):  # its run writes at this moment
                    await self._save(ours)  # Redis has forgotten it
                continue
            if not found:
                raise ProblemError(
                    Slug.NOT_FOUND, f"No job {job_id!r}: jobs are kept for {self._ttl_s} seconds."
                )
            standing = _standing(found)
            if standing.state in _ENDED or ours or await self._redis.exists(redis_keys.owner(job_id)):
                return standing
            await self._close_orphan(job_id, standing)

    async def _close_orphan(self, job_id: str, standing: Standing) -> None:
        async with self._redis.pipeline() as pipe:
            await pipe.watch(redis_keys.job(job_id))
            state: Any = await pipe.hget(redis_keys.job(job_id), "state")
            if state is None or JobState(state.decode()) in _ENDED:
                return
            answered = await self.lines(job_id)
            missing = {
                index: _unanswered(index, *seat)
                for index, seat in enumerate(standing.seats)
                if index not in answered
            }
            pipe.multi()  # type: ignore[no-untyped-call]
            self._write(pipe, job_id, missing, JobState.RUNNING, standing.total)
            self._write_end(pipe, job_id, JobState.FINISHED, standing.summary)
            try:
                await pipe.execute()
            except WatchError:  # somebody else wrote: look again
                return

    async def lines(self, job_id: str) -> dict[int, bytes]:
        """The answers there are, by candidate."""
        entries: Any = await self._redis.xrange(redis_keys.job_lines(job_id))
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
        """The answers so far and then as they come, one JSON text each; the summary is the last.

        Waits for a Redis that is away as long as requests do, and tells nothing twice.
        """
        after, told = b"0", set[bytes]()
        outage = Outage(self._broker.settings.redis_patience_s)
        while True:
            try:
                entries = await self._broker.read(redis_keys.job_lines(job_id), after, BEAT_S)
                if not entries:
                    await self.standing(job_id)
                outage.record_success()
            except (RedisError, OSError, ProblemError):  # a problem: Redis has forgotten, its owner has not
                outage.record_failure()
                if outage.is_too_long:
                    raise
                await asyncio.sleep(RETRY_S)
                continue
            for entry, fields in entries:
                after = entry
                for name, line in fields.items():
                    if name not in told:
                        told.add(name)
                        yield line
                if b"end" in told:
                    return

    async def cancel(self, job_id: str) -> None:
        """Cancel a job that runs; one that has ended stays as it is."""
        standing = await self.standing(job_id)
        if standing.state in _ENDED:
            return
        async with self._redis.pipeline() as pipe:
            pipe.xadd(redis_keys.results(job_id), {"cancel": 1})
            pipe.expire(redis_keys.results(job_id), RESULTS_TTL_S)
            await pipe.execute()
        async for _ in self.follow(job_id):  # its owner answers the rest at once
            pass


def _standing(found: Mapping[bytes, bytes]) -> Standing:
    return Standing(
        state=JobState(found[b"state"].decode()),
        total=int(found[b"total"]),
        done=int(found[b"done"]),
        seats=json.loads(found[b"seats"]),
        summary=found[b"summary"].decode(),
    )


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
