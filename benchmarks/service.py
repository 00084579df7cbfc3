"""Judges programs through the whole executor of this machine: client, HTTP, queue, workers and jails."""

import time
from collections.abc import Sequence

from benchmarks import workload
from benchmarks.workload import Program
from clients import AsyncExecutor, CandidateResult, Outcome, Status


async def judge(
    executor: AsyncExecutor, programs: Sequence[Program], **options: object
) -> tuple[list[CandidateResult], float]:
    """Judge ``programs`` with the cache off; return results in order and the wall time in seconds."""
    start = time.perf_counter()
    response = await executor.execute(
        [program.candidate() for program in programs],
        workload.suites(list(programs)),
        cache=False,
        **options,  # type: ignore[arg-type]  # callers give options of execute() only
    )
    return response.results, time.perf_counter() - start


def bits(result: CandidateResult) -> str:
    """Return ``0`` or ``1`` per test, as the baselines do; empty without a verdict."""
    if result.status is not Status.JUDGED:
        return ""
    return "".join("1" if test.outcome is Outcome.PASSED else "0" for test in result.tests)


def outcomes(result: CandidateResult) -> str:
    """Return the status and the outcome of every test: what must be the same in a second run."""
    return " ".join([result.status, *(test.outcome for test in result.tests)])
