"""Judges programs by tests through the executor, and keeps the verdicts in a file, so that judging resumes."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from clients.config import ClientConfig
from clients.contract import Candidate, CandidateResult, ExecutionRequest, Status, Suite, UnscorableReason
from clients.executor import AsyncExecutor
from loop.steps.context import ServiceName, StepContext, StepProgress
from loop.steps.row_file import RowFile

PROGRAMS_AT_ONCE = 512
"""Programs in one request: seconds of work, which is what is lost at most when the process is killed."""
_UNREPEATABLE = {"cpu_s", "wait_s", "run_s", "cached"}
"""Fields of a verdict that differ from run to run."""
ATTEMPTS = 3
"""Requests for a program that has no verdict because of a fault of the service."""
CONNECT_S = 120.0
"""Seconds in which a service that died may come back: its start takes some, a minute on a busy machine."""
_SERVICE_FAULTS = frozenset(UnscorableReason) - {
    UnscorableReason.INVALID_INPUT,
    UnscorableReason.INVALID_SUITE,
    UnscorableReason.BAD_ROW,
}


@dataclass(frozen=True, slots=True)
class ProgramsToJudge:
    """The programs of one question, and the tests that judge them."""

    id: str
    entry_point: str
    programs: Sequence[str]
    tests: Sequence[str]
    """At least one."""


@asynccontextmanager
async def open_executor(context: StepContext) -> AsyncIterator[AsyncExecutor]:
    """Connect to the executor of a step; a restart of the service is waited for."""
    address = context.address(ServiceName.EXECUTOR)
    config = replace(ClientConfig.from_env(), url=address, connect_s=CONNECT_S)
    async with AsyncExecutor(config=config) as executor:
        yield executor


async def judge_groups(
    executor: AsyncExecutor, groups: Sequence[ProgramsToJudge], file: RowFile, progress: StepProgress
) -> dict[str, list[CandidateResult]]:
    """Return the verdicts on the programs of each group, by its id; those that are not in the file are asked for.

    Raises:
        AceCoderError: the executor cannot be used.
    """
    there = file.ids()
    missing = [group for group in groups if group.id not in there]
    total = sum(len(group.programs) for group in groups)
    done = total - sum(len(group.programs) for group in missing)
    progress.count(done, total, "programs judged")
    for batch in _batches(missing):
        results = await _judge(executor, batch)
        file.append(
            {"id": group.id, "results": [_stored(one) for one in verdicts]}
            for group, verdicts in zip(batch, results, strict=True)
        )
        done += sum(len(group.programs) for group in batch)
        progress.count(done, total, "programs judged")
    names = {group.id for group in groups}
    return {
        row["id"]: [CandidateResult.model_validate(one) for one in row["results"]]
        for row in file
        if row["id"] in names
    }


def _stored(result: CandidateResult) -> dict[str, object]:
    """Return a verdict without what differs from run to run: the file is the same for the same programs."""
    stored = result.model_dump(mode="json", exclude_defaults=True, exclude=_UNREPEATABLE)
    for test in stored.get("tests", []):
        test.pop("cpu_s", None)
        test.pop("message", None)
    return {**stored, "index": 0}


def _batches(groups: Sequence[ProgramsToJudge]) -> list[list[ProgramsToJudge]]:
    batches: list[list[ProgramsToJudge]] = []
    size = PROGRAMS_AT_ONCE
    for group in groups:
        if size + len(group.programs) > PROGRAMS_AT_ONCE:
            batches.append([])
            size = 0
        batches[-1].append(group)
        size += len(group.programs)
    return batches


async def _judge(executor: AsyncExecutor, groups: Sequence[ProgramsToJudge]) -> list[list[CandidateResult]]:
    suites = [
        Suite(id=group.id, asserts=list(group.tests), entry_point=group.entry_point or None)
        for group in groups
    ]
    candidates = [
        Candidate(suite=group.id, program=program) for group in groups for program in group.programs
    ]
    results = await _results(executor, suites, candidates)
    remaining = iter(results)
    return [[next(remaining) for _ in group.programs] for group in groups]


async def _results(
    executor: AsyncExecutor, suites: list[Suite], candidates: list[Candidate]
) -> list[CandidateResult]:
    """Return the verdicts in order; a program without one because of a fault of the service is sent again."""
    results: dict[int, CandidateResult] = {}
    missing = list(range(len(candidates)))
    for _ in range(ATTEMPTS):
        request = ExecutionRequest(suites=suites, candidates=[candidates[at] for at in missing])
        response = await executor.execute_request(request)
        results |= dict(zip(missing, response.results, strict=True))
        missing = [at for at in missing if is_service_fault(results[at])]
        if not missing:
            break
    return [results[at] for at in range(len(candidates))]


def is_service_fault(result: CandidateResult) -> bool:
    """Return whether there is no verdict because of the service: another attempt may have one."""
    return result.status is Status.UNSCORABLE and result.reason in _SERVICE_FAULTS
