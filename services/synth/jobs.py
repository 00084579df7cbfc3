"""Runs the jobs of ``POST /v1/suites``: one store per job, resumed when the service starts again.

A job's folder is the whole of it, so a service that is killed continues its jobs where they were. Jobs run at the
same time and share the models' limits; the number of rows of each in progress is bounded, so that a large job does not
starve a small one.
"""

import hashlib
import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree

import anyio
import structlog
from anyio.abc import TaskGroup

from clients.contract import JobState, Slug, SuiteResult, SuitesJob, SuitesRequest, SynthStatus
from services.common.problem_error import ProblemError
from services.synth.pipeline.runner import RunStoppedError, run_rows
from services.synth.pipeline.stage import Backends, Stage
from services.synth.pipeline.store import RowState, RunStore, Step, StoredRow
from services.synth.settings import SynthSettings

PROGRAMS_STAGE = "sample"
"""The stage that is left out of a job whose request has ``with_programs`` false."""
RETRY_AFTER_S = 30
"""Seeds take minutes: a client that is told that the service is full need not ask again at once."""

logger = structlog.get_logger()


@dataclass(slots=True)
class SynthJob:
    """One job in memory."""

    id: str
    caller: str
    """Name of the key that made it."""
    created_at: float
    """Seconds since the epoch."""
    store: RunStore
    stages: Sequence[tuple[str, Stage]]
    total: int
    state: JobState = JobState.QUEUED
    results: list[SuiteResult] = field(default_factory=list)
    """In the order in which they ended."""
    stage_counts: dict[str, int] = field(default_factory=dict)
    paused: str = ""
    ended: Callable[[], None] = lambda: None
    """Called once, when nothing further will happen."""
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    changed: anyio.Event = field(default_factory=anyio.Event)
    """Set when a result or the end of the job arrives, and then replaced by a new one."""

    @property
    def has_ended(self) -> bool:
        """Whether nothing further will happen."""
        return self.state in (JobState.FINISHED, JobState.CANCELLED)

    def as_message(self) -> SuitesJob:
        """Return the job's state."""
        return SuitesJob(
            id=self.id,
            state=self.state,
            total=self.total,
            done=len(self.results),
            stages=dict(self.stage_counts),
            paused=self.paused,
        )

    def stepped(self, step: Step, stored: StoredRow) -> None:
        """Count a stage, and keep the result of a row that has ended."""
        self.state = JobState.RUNNING
        self.paused = ""
        self.stage_counts[step.stage] = self.stage_counts.get(step.stage, 0) + 1
        if stored.state is not RowState.ACTIVE:
            self.results.append(result_of(stored, [name for name, _ in self.stages]))
            self.notify()

    def paused_by(self, reason: str) -> None:
        """Remember why the job waits."""
        self.paused = reason

    def end(self, state: JobState) -> None:
        """Set the last state and wake the readers."""
        self.state = state
        self.ended()
        self.notify()

    def notify(self) -> None:
        """Wake the readers of the results."""
        self.changed.set()
        self.changed = anyio.Event()


class _Progress:
    """Passes the events of the runner to a job."""

    def __init__(self, job: SynthJob) -> None:
        self._job = job

    def stepped(self, step: Step, stored: StoredRow) -> None:
        """Pass on what a stage did."""
        self._job.stepped(step, stored)

    def paused(self, stage: str, reason: str, pause_s: float) -> None:
        """Pass on that a stage waits for a service."""
        logger.warning("synthesis waits", job=self._job.id, stage=stage, reason=reason, pause_s=pause_s)
        self._job.paused_by(f"{stage}: {reason}")


class SynthJobs:
    """All jobs of the service."""

    def __init__(self, settings: SynthSettings, stages: Sequence[tuple[str, Stage]]) -> None:
        self._settings = settings
        self._stages = stages
        self._backends: Backends | None = None
        self._jobs: dict[str, SynthJob] = {}
        self._tasks: TaskGroup | None = None

    async def ready(self) -> str:
        """Return why jobs cannot go on; empty if nothing is known to be wrong."""
        waiting = [job.paused for job in self._jobs.values() if job.paused and not job.has_ended]
        return waiting[0] if waiting else ""

    @property
    def waiting_seeds(self) -> int:
        """Seeds without a result, over all jobs."""
        return sum(job.total - len(job.results) for job in self._jobs.values() if not job.has_ended)

    async def run(self, tasks: TaskGroup, backends: Backends) -> None:
        """Resume the jobs of an earlier process in ``tasks``, and run new ones there."""
        self._tasks, self._backends = tasks, backends
        self._settings.folder.mkdir(parents=True, exist_ok=True)
        for folder in sorted(
            path for path in self._settings.folder.iterdir() if (path / "job.json").is_file()
        ):
            self._resume(folder)
        tasks.start_soon(self._forget_old)

    def same(self, request: SuitesRequest, caller: str) -> SynthJob | None:
        """Return the caller's job with the same request, if there is one that was not cancelled."""
        job = self._jobs.get(_job_id(request, caller))
        return None if job is None or job.state is JobState.CANCELLED else job

    def submit(self, request: SuitesRequest, caller: str, ended: Callable[[], None]) -> SynthJob:
        """Start a job; ``ended`` is called when nothing further will happen.

        Raises:
            ProblemError: ``queue-full``: too many seeds wait.
        """
        job_id = _job_id(request, caller)
        if self.waiting_seeds + len(request.seeds) > self._settings.max_waiting_seeds and self.waiting_seeds:
            raise ProblemError(
                Slug.QUEUE_FULL,
                f"{self.waiting_seeds} seeds wait, and {len(request.seeds)} more would be above "
                f"{self._settings.max_waiting_seeds}; send them later, or run `acecoder synth run` for a data set",
                retry_after_s=RETRY_AFTER_S,
            )
        folder = self._settings.folder / job_id
        rmtree(folder, ignore_errors=True)  # of a cancelled job with the same request
        folder.mkdir(parents=True)
        job = self._open(job_id, folder, caller, time.time(), request)
        job.ended = ended
        job.store.add_seeds(request.seeds)
        facts = {"caller": caller, "created_at": job.created_at, "request": request.model_dump(mode="json")}
        unfinished = folder / "job.json.new"
        unfinished.write_text(json.dumps(facts), encoding="utf-8")
        unfinished.replace(folder / "job.json")  # a process that is killed here leaves no half of a file
        self._start(job)
        return job

    def find(self, job_id: str, caller: str) -> SynthJob:
        """Return a job of the caller.

        Raises:
            ProblemError: ``not-found``: there is none, or another key made it.
        """
        job = self._jobs.get(job_id)
        if job is None or job.caller != caller:
            raise ProblemError(
                Slug.NOT_FOUND,
                f"There is no job {job_id[:40]!r} of this key; jobs are kept for {self._settings.job_ttl_s:.0f} s.",
            )
        return job

    def cancel(self, job: SynthJob) -> None:
        """Stop a job; the seeds that are not finished get the status ``cancelled``."""
        if not job.has_ended:
            job.scope.cancel()

    async def follow(self, job: SynthJob) -> AsyncIterator[SuiteResult]:
        """Yield the results so far, then every other one as soon as it is ready."""
        sent = 0
        while True:
            changed = job.changed
            for result in job.results[sent:]:
                yield result
                sent += 1
            if job.has_ended and sent == len(job.results):
                return
            if job.changed is changed:
                await changed.wait()

    def _open(
        self, job_id: str, folder: Path, caller: str, created_at: float, request: SuitesRequest
    ) -> SynthJob:
        stages = [one for one in self._stages if request.with_programs or one[0] != PROGRAMS_STAGE]
        store = RunStore(folder / "run.sqlite")
        job = SynthJob(job_id, caller, created_at, store, stages, total=len(request.seeds))
        self._jobs[job_id] = job
        return job

    def _resume(self, folder: Path) -> None:
        facts = json.loads((folder / "job.json").read_text(encoding="utf-8"))
        request = SuitesRequest.model_validate(facts["request"])
        job = self._open(folder.name, folder, facts["caller"], facts["created_at"], request)
        job.store.add_seeds(request.seeds)
        names = [name for name, _ in job.stages]
        for state in (RowState.DONE, RowState.DROPPED):
            job.results += [result_of(stored, names) for stored in job.store.rows(state)]
        if (folder / "cancelled").exists():
            self._end_cancelled(job)
        else:
            self._start(job)

    def _start(self, job: SynthJob) -> None:
        assert self._tasks is not None
        self._tasks.start_soon(self._run_job, job)

    async def _run_job(self, job: SynthJob) -> None:
        assert self._backends is not None
        with job.scope:
            await self._run_rows(job, self._backends)
        if job.scope.cancelled_caught:
            (job.store.path.parent / "cancelled").touch()
            self._end_cancelled(job)
        else:
            job.end(JobState.FINISHED)

    async def _run_rows(self, job: SynthJob, backends: Backends) -> None:
        """Run the rows of a job. While the executor refuses them all, the job waits: other jobs and the API go on."""
        at_once = self._settings.rows_at_once_per_job
        while True:
            try:
                return await run_rows(job.store, job.stages, backends, _Progress(job), at_once=at_once)
            except RunStoppedError as stopped:
                logger.error("job waits: a setting is wrong", job=job.id, reason=str(stopped))  # noqa: TRY400 - no fault of ours
                job.paused_by(str(stopped))
                await anyio.sleep(RETRY_AFTER_S)

    def _end_cancelled(self, job: SynthJob) -> None:
        for stored in job.store.rows(RowState.ACTIVE):
            job.results.append(
                SuiteResult(index=stored.position, status=SynthStatus.CANCELLED, row=stored.row)
            )
        job.end(JobState.CANCELLED)

    async def _forget_old(self) -> None:
        while True:
            await anyio.sleep(min(self._settings.job_ttl_s, 60.0))
            oldest = time.time() - self._settings.job_ttl_s
            for job in [job for job in self._jobs.values() if job.has_ended and job.created_at < oldest]:
                job.store.close()
                rmtree(job.store.path.parent, ignore_errors=True)
                del self._jobs[job.id]


def _job_id(request: SuitesRequest, caller: str) -> str:
    return hashlib.sha256(f"{caller}\0{request.model_dump_json()}".encode()).hexdigest()[:24]


def result_of(stored: StoredRow, stage_names: Sequence[str]) -> SuiteResult:
    """Return the result of a row that has ended."""
    if stored.state is RowState.DONE:
        return SuiteResult(index=stored.position, status=SynthStatus.KEPT, row=stored.row)
    return SuiteResult(
        index=stored.position,
        status=SynthStatus.DROPPED,
        stage=stage_names[stored.stages_done - 1],
        reason=stored.reason,
        detail=stored.detail,
        row=stored.row,
    )
