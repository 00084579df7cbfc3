"""Collects from one execution, while it runs, what is kept of it afterwards: some programs with their results. Pure.

Kept are the first ``MOST_FIRST`` candidates that got a result, and of the later ones up to ``MOST_FAILED`` that failed
or have no verdict, while all texts together are within ``MOST_BYTES``. So an execution of 64,000 candidates costs as
much as one of 64.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from clients.contract import (
    Candidate,
    CandidateFailure,
    CandidateResult,
    ExecutionInfo,
    ExecutionSummary,
    KeptExecution,
    Outcome,
    SuiteTime,
)
from services.executor.requests.suites import count_chars
from services.executor.requests.validation import ValidRequest
from services.executor.results.records import Fault, Verdict

MOST_FIRST = 32
"""Candidates that are kept whatever their result is: a page shows them at once, and most requests have fewer."""
MOST_FAILED = 32
"""Further candidates that are kept because they failed."""
MOST_BYTES = 256 * 1024
"""Characters of programs, suites and results that are kept of one execution. Programs of models have 1 KiB, so that 64
of them and their results fit; a suite of megabytes does not."""
MOST_LISTED = 3
"""Failures, and slow suites, in the line of an execution."""
MOST_SUITES = 256
"""Suites whose times are added up; those of a larger request are left out."""
MESSAGE_CHARS = 200


@dataclass(slots=True)
class _SuiteSum:
    programs: int = 0
    run_s: float = 0.0


class Recorder:
    """What is kept of one execution, so far."""

    def __init__(self, valid_request: ValidRequest) -> None:
        self._request = valid_request.request
        self._suites = {checked.suite.id: checked.suite for checked in valid_request.suites}
        self._lines: dict[int, bytes] = {}
        """Result lines that are kept, by position of the candidate."""
        self._kept_suites: set[str] = set()
        self._failed = 0
        self._left_bytes = MOST_BYTES
        self._times: dict[str, _SuiteSum] = {}
        self.judged = 0
        """Candidates with a verdict."""
        self.passed = 0
        """Candidates that passed every valid test."""
        self.faults = 0
        """Candidates without a verdict."""

    def add(self, lines: Iterable[tuple[int, bytes]], result: Verdict | Fault, *, cached: bool) -> None:
        """Note the result of some candidates: their positions, and their result lines."""
        is_pass = isinstance(result, Verdict) and result.perfect
        for index, line in lines:
            self.judged += isinstance(result, Verdict)
            self.passed += is_pass
            self.faults += isinstance(result, Fault)
            self._keep(index, line, failed=not is_pass)
            if isinstance(result, Verdict) and not cached:
                self._add_time(self._request.candidates[index].suite, result.run_s)
                cached = True  # candidates that are equal were judged once

    def _keep(self, index: int, line: bytes, *, failed: bool) -> None:
        is_later = len(self._lines) - self._failed >= MOST_FIRST
        if is_later and not (failed and self._failed < MOST_FAILED):
            return
        candidate = self._request.candidates[index]
        size = len(line) + len(_source(candidate))
        if candidate.suite not in self._kept_suites:
            size += count_chars(self._suites[candidate.suite])
        if size > self._left_bytes:
            return
        self._left_bytes -= size
        self._kept_suites.add(candidate.suite)
        self._lines[index] = line
        self._failed += is_later

    def _add_time(self, suite: str, run_s: float) -> None:
        if suite in self._times or len(self._times) < MOST_SUITES:
            time = self._times.setdefault(suite, _SuiteSum())
            time.programs += 1
            time.run_s += run_s

    def kept_execution(self, summary: ExecutionSummary, *, began_at: float, ended_at: float) -> KeptExecution:
        """Return what is kept. The times are in seconds since 1970."""
        indices = sorted(self._lines)
        results = [CandidateResult.model_validate_json(self._lines[index]) for index in indices]
        request = None
        if indices:
            request = self._request.model_copy(
                update={
                    "candidates": [self._request.candidates[index] for index in indices],
                    "suites": [suite for name, suite in self._suites.items() if name in self._kept_suites],
                }
            )
        info = ExecutionInfo(
            id=summary.id,
            run=self._request.run,
            environment=self._request.environment,
            ended_at=round(ended_at, 3),
            took_s=round(max(ended_at - began_at, 0.0), 3),
            total=len(self._request.candidates),
            judged=self.judged,
            passed=self.passed,
            kept=len(indices),
            failures=list(islice(_failures(results), MOST_LISTED)),
            slowest_suites=self._slowest_suites(),
        )
        return KeptExecution(
            info=info,
            request=request,
            results=results,
            suites=[info for info in summary.suites if info.id in self._kept_suites],
            runner_version=summary.runner_version,
        )

    def _slowest_suites(self) -> list[SuiteTime]:
        times = [
            SuiteTime(suite=suite, programs=time.programs, run_s=round(time.run_s / time.programs, 4))
            for suite, time in self._times.items()
        ]
        return sorted(times, key=lambda time: -time.run_s)[:MOST_LISTED]


def _failures(results: Iterable[CandidateResult]) -> Iterable[CandidateFailure]:
    """Yield the candidates that failed, those without a verdict first."""
    failed = [result for result in results if result.pass_rate != 1.0]
    for result in sorted(failed, key=lambda result: result.reason is None):
        test = next(
            (test for test in result.tests if test.counts and test.outcome is not Outcome.PASSED), None
        )
        message = result.detail or (test.message if test else "")
        yield CandidateFailure(
            index=result.index,
            id=result.id,
            suite=result.suite,
            outcome=test.outcome if test else None,
            reason=result.reason,
            message=message[:MESSAGE_CHARS],
        )


def _source(candidate: Candidate) -> str:
    return candidate.program if candidate.program is not None else candidate.completion or ""
