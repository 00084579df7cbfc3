"""Holds what an API process knows of an asynchronous job: one that it runs, or one that it reads from Redis.

``job_store`` writes and reads them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from clients.contract import CandidateResult, ExecutionSummary, JobState, Slug, Status, UnscorableReason
from services.common.problem_error import ProblemError
from services.executor.execution.execution import Execution

_OTHER_VERSION = (
    "The job was written by another version of the service, which this process cannot read; try again: an API process "
    "of that version can answer."
)
_ORPHANED = "the API process that ran the job ended; send the candidate again"


@dataclass(frozen=True, slots=True)
class StoredJob:
    """A job as Redis holds it, without its results."""

    state: JobState
    caller: str | None
    """The name of the key that made it; ``None`` for a job of an older version, which did not store it."""
    total: int
    done: int
    slots: list[tuple[str, str]]
    """Id and suite of each candidate, in request order."""
    summary: str
    """JSON of the ``ExecutionSummary``; complete once the job has ended."""


@dataclass(slots=True)
class RunningJob:
    """A job that this process runs, with everything that is needed to write all of it again."""

    execution: Execution
    kept_s: int
    """How long Redis keeps it: the longest it may run, and then ``job_ttl_s``."""
    lines: dict[int, bytes] = field(default_factory=dict)
    """The result lines so far, by position of the candidate."""
    unsaved: dict[int, bytes] = field(default_factory=dict)
    """Those that are not in Redis yet."""
    saved: int = 0
    """How many lines Redis has, if it has lost none."""


def stored_job(fields: Mapping[bytes, bytes]) -> StoredJob:
    """Return the job that the fields of its hash in Redis describe.

    Raises:
        ProblemError: ``queue-unavailable``: another version of the service wrote it, and this one cannot read it.
    """
    try:
        return StoredJob(
            state=JobState(fields[b"state"].decode()),
            caller=fields[b"caller"].decode() if b"caller" in fields else None,
            total=int(fields[b"total"]),
            done=int(fields[b"done"]),
            slots=json.loads(fields[b"seats"]),
            summary=fields[b"summary"].decode(),
        )
    except (KeyError, ValueError) as exc:
        raise _unreadable() from exc


def summary_of(job: StoredJob) -> ExecutionSummary:
    """Return the summary of a job.

    Raises:
        ProblemError: as ``stored_job``.
    """
    try:
        return ExecutionSummary.model_validate_json(job.summary)
    except ValueError as exc:
        raise _unreadable() from exc


def _unreadable() -> ProblemError:
    return ProblemError(Slug.QUEUE_UNAVAILABLE, _OTHER_VERSION, retry_after_s=5)


def orphan_line(index: int, candidate_id: str, suite: str) -> bytes:
    """Return the result line of a candidate whose job lost its process."""
    result = CandidateResult(
        id=candidate_id,
        index=index,
        suite=suite,
        status=Status.UNSCORABLE,
        reason=UnscorableReason.QUEUE_UNAVAILABLE,
        detail=_ORPHANED,
    )
    return result.model_dump_json().encode()
