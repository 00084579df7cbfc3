"""The service as its users have it: client, HTTP, queue, workers, jail and verdict, on this machine."""

import time
from collections.abc import Sequence

from benchmarks import workload
from benchmarks.workload import Program
from clients import AsyncExecutor, CandidateResult, Outcome, Status


async def judge(
    executor: AsyncExecutor, programs: Sequence[Program], **options: object
) -> tuple[list[CandidateResult], float]:
    """Judge ``programs`` with the cache off; return results in order and the wall seconds."""
    start = time.perf_counter()
    response = await executor.execute(
        [program.candidate() for program in programs],
        workload.suites(list(programs)),
        cache=False,
        **options,  # type: ignore[arg-type]  # each benchmark names real options
    )
    return response.results, time.perf_counter() - start


def bits(result: CandidateResult) -> str:
    """``0`` or ``1`` per test; empty without a verdict."""
    if result.status is not Status.JUDGED:
        return ""
    return "".join("1" if test.outcome is Outcome.PASSED else "0" for test in result.tests)


def outcomes(result: CandidateResult) -> str:
    """Status and every test's outcome: what a second run must repeat."""
    return " ".join([result.status, *(test.outcome for test in result.tests)])
