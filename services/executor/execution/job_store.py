"""Stores asynchronous jobs in Redis, so that every API process can answer requests about them.

The process that accepted a job runs it and writes its results here; if Redis has lost the job or some of its results,
it writes all of them again. If that process dies, the next request about the job closes it: candidates without a
result become ``unscorable``, so none is missing. Every write first checks that the job has not been closed, so that no
candidate gets two results.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, suppress
from typing import Any

import structlog
from redis import RedisError, WatchError

from clients.contract import JobState, Slug
from services.common.problem_error import ProblemError
from services.executor.broker import redis_keys
from services.executor.broker.broker import Broker
from services.executor.broker.outage import RETRY_S, Outage, retry
from services.executor.broker.runs import request_cancellation
from services.executor.execution.execution import Execution
from services.executor.execution.jobs import RunningJob, StoredJob, orphan_line, stored_job, summary_of
from services.executor.results.records import job_json, response_json
from services.executor.settings import BEAT_S, OWNER_LOST_S

_END_STATES = (JobState.FINISHED, JobState.CANCELLED)


class JobStore:
    """The jobs in Redis, by the id of their execution."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._redis = broker.redis
        self._ttl_s = broker.settings.job_ttl_s
        self._running: dict[str, RunningJob] = {}

    async def create(self, execution: Execution, kept_s: int) -> None:
        """Store a new job for ``kept_s`` seconds: the longest it may run, and then ``job_ttl_s``.

        Raises:
            RedisError, OSError: the job was not stored, and its execution is abandoned.
        """
        job = RunningJob(execution, kept_s)
        try:
            await self._save(job)
        except (RedisError, OSError):
            execution.abandon()
            raise
        self._running[execution.id] = job

    async def run(self, execution: Execution) -> None:
        """Run a job to its end, and write results as they arrive."""
        job = self._running[execution.id]
        try:
            async with aclosing(execution.results()) as batches:
                async for batch in batches:
                    job.lines.update(batch)
                    job.unsaved.update(batch)
                    # The end is written before ``results`` ends and the owner's key is deleted: a request that finds
                    # neither an end nor an owner closes the job (see ``load``).
                    if execution.is_done:
                        await self._end(job)
                    elif not await self._save_or_keep(job):
                        return
        finally:
            del self._running[execution.id]

    async def _save_or_keep(self, job: RunningJob) -> bool:
        """Write what is new, or keep it for the next time if Redis is away; false if the job is closed."""
        try:
            return await self._save(job)
        except (RedisError, OSError) as exc:
            structlog.get_logger().warning(
                "job results not written yet", job=job.execution.id, error=str(exc)
            )
            return True

    async def _end(self, job: RunningJob) -> None:
        state = JobState.CANCELLED if job.execution.is_cancelled else JobState.FINISHED

        async def save() -> None:
            await self._broker.renew_owner(job.execution.flow.caller, job.execution.run_entry())
            await self._save(job, state)

        # after that, the next request closes the job
        await retry(save, self._broker.settings.redis_patience_s)

    async def _save(self, job: RunningJob, state: JobState = JobState.RUNNING) -> bool:
        """Write what Redis does not have; false if another process has closed the job.

        Raises:
            RedisError, OSError: nothing was written.
        """
        name = redis_keys.job(job.execution.id)
        async with self._redis.pipeline() as pipe:
            await pipe.watch(name)
            fields: Any = await pipe.hmget(name, "state", "done")
            stored, done = fields
            if stored is not None and JobState(stored.decode()) in _END_STATES:
                return False
            # A replica that lagged may have the job, and not its latest lines. A line that is there twice counts once.
            is_complete = stored is not None and int(done) == job.saved
            lines = job.unsaved if is_complete else job.lines
            if is_complete and not lines and state not in _END_STATES:
                return True
            pipe.multi()  # type: ignore[no-untyped-call]
            if stored is None:
                self._write_all(pipe, job)
            self._write(
                pipe, job.execution.id, lines, state if job.lines else JobState.QUEUED, len(job.lines)
            )
            if state in _END_STATES:
                self._write_end(pipe, job.execution.id, state, job.execution.summary().model_dump_json())
            count = len(job.lines)
            await pipe.execute()
        job.unsaved.clear()
        job.saved = count
        return True

    @staticmethod
    def _write_all(pipe: Any, job: RunningJob) -> None:  # noqa: ANN401 - redis-py's pipeline
        execution, name = job.execution, redis_keys.job(job.execution.id)
        fields = {
            "caller": execution.flow.caller,
            "total": execution.total,
            "seats": json.dumps(execution.slots()),
            "summary": execution.summary().model_dump_json(),
        }
        pipe.hset(name, mapping=fields)
        pipe.expire(name, job.kept_s)
        pipe.set(redis_keys.owner(execution.id), str(execution.flow), ex=OWNER_LOST_S)

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

    async def check_caller(self, job_id: str, caller: str) -> None:
        """Refuse a job that another key made, as if there were none: an id must not be worth guessing.

        Raises:
            ProblemError: ``not-found``.
        """
        job = await self.load(job_id)
        if job.caller not in (caller, None):
            raise self._not_found(job_id)

    def _not_found(self, job_id: str) -> ProblemError:
        return ProblemError(
            Slug.NOT_FOUND, f"No job {job_id!r}: jobs are kept for {self._ttl_s} seconds after their end."
        )

    async def load(self, job_id: str) -> StoredJob:
        """Return a job; closes it first if the process that ran it is gone.

        Raises:
            ProblemError: ``not-found``.
        """
        while True:
            fields: Any = await self._redis.hgetall(redis_keys.job(job_id))
            running = self._running.get(job_id)
            if not fields and running:
                with suppress(WatchError):  # ``run`` writes it at this moment
                    await self._save(running)  # Redis has lost it
                continue
            if not fields:
                raise self._not_found(job_id)
            job = stored_job(fields)
            if job.state in _END_STATES or running or await self._redis.exists(redis_keys.owner(job_id)):
                return job
            await self._close_orphan(job_id, job)

    async def _close_orphan(self, job_id: str, job: StoredJob) -> None:
        async with self._redis.pipeline() as pipe:
            await pipe.watch(redis_keys.job(job_id))
            state: Any = await pipe.hget(redis_keys.job(job_id), "state")
            if state is None or JobState(state.decode()) in _END_STATES:
                return
            answered = await self.lines(job_id)
            missing = {
                index: orphan_line(index, *slot)
                for index, slot in enumerate(job.slots)
                if index not in answered
            }
            pipe.multi()  # type: ignore[no-untyped-call]
            self._write(pipe, job_id, missing, JobState.RUNNING, job.total)
            self._write_end(pipe, job_id, JobState.FINISHED, job.summary)
            try:
                await pipe.execute()
            except WatchError:  # another process wrote meanwhile: ``load`` reads again
                return

    async def lines(self, job_id: str) -> dict[int, bytes]:
        """Return the result lines so far, by position of the candidate."""
        entries: Any = await self._redis.xrange(redis_keys.job_lines(job_id))
        return {int(name): line for _, fields in entries for name, line in fields.items() if name.isdigit()}

    async def as_json(self, job_id: str) -> bytes:
        """Return the JSON of the ``Job``, with its whole response once it has ended."""
        job = await self.load(job_id)
        response = None
        if job.state in _END_STATES:
            response = response_json(summary_of(job), await self.lines(job_id))
        return job_json(job_id, job.state, job.total, job.done, response)

    async def follow(self, job_id: str) -> AsyncIterator[bytes]:
        """Yield the result lines so far and then as they arrive, each once; the summary is the last.

        If Redis is away, waits for it as long as requests in progress do (``redis_patience_s``).
        """
        last_entry, sent = b"0", set[bytes]()
        outage = Outage(self._broker.settings.redis_patience_s)
        while True:
            try:
                entries = await self._broker.read(redis_keys.job_lines(job_id), last_entry, BEAT_S)
                if not entries:
                    await self.load(job_id)
                outage.record_success()
            except (RedisError, OSError, ProblemError):
                # A ``ProblemError``: Redis has lost the job, and its owner may write it again.
                outage.record_failure()
                if outage.is_too_long:
                    raise
                await asyncio.sleep(RETRY_S)
                continue
            for entry, fields in entries:
                last_entry = entry
                for name, line in fields.items():
                    if name not in sent:
                        sent.add(name)
                        yield line
                if b"end" in sent:
                    return

    async def cancel(self, job_id: str) -> None:
        """Cancel a job, and wait for its end; a job that has ended stays as it is."""
        job = await self.load(job_id)
        if job.state in _END_STATES:
            return
        async with self._redis.pipeline() as pipe:
            request_cancellation(pipe, job_id)
            await pipe.execute()
        async for _ in self.follow(job_id):  # its owner gives all other candidates a result at once
            pass
