"""Defines what the service keeps of recent executions, for a person who looks for a reason.

``GET /v1/executions`` lists the executions of a key that ended lately. ``GET /v1/executions/{id}`` answers with the
programs, tests and results of one of them. The number of executions, candidates and bytes is bounded, and so is the
time: ``docs/operating.md``. For a key, the executions of other keys do not exist.
"""

from clients.contract.base import ResponseModel
from clients.contract.execution import ExecutionRequest
from clients.contract.results import CandidateResult, Outcome, SuiteInfo, UnscorableReason


class CandidateFailure(ResponseModel):
    """A candidate that passed less than all valid tests, or has no verdict."""

    index: int
    """Its position in the request that was judged."""
    id: str
    """Its id, or its position."""
    suite: str
    """Id of the suite that judged it."""
    outcome: Outcome | None = None
    """Outcome of the first test that it did not pass; ``None`` without a verdict."""
    reason: UnscorableReason | None = None
    """Why there is no verdict."""
    message: str = ""
    """The message of that test, or the reason in words: at most 200 characters."""


class SuiteTime(ResponseModel):
    """How long workers judged programs by one suite."""

    suite: str
    """Its id."""
    programs: int
    """Programs that a worker judged: without those from the cache."""
    run_s: float
    """Mean seconds of one of them."""


class ExecutionInfo(ResponseModel):
    """An execution that ended."""

    id: str
    """The execution's id."""
    run: str | None
    """The run that its request named."""
    environment: str
    """The environment that judged it."""
    ended_at: float
    """When it ended, in seconds since 1970."""
    took_s: float
    """Seconds from its acceptance to its end."""
    total: int
    """Its candidates."""
    judged: int
    """Those with a verdict."""
    passed: int
    """Those that passed every valid test."""
    kept: int
    """Those whose program and result are kept."""
    failures: list[CandidateFailure]
    """Up to three of the kept candidates that failed; those without a verdict are first."""
    slowest_suites: list[SuiteTime]
    """The suites whose programs took the longest on average, up to three, the slowest first."""


class KeptExecution(ResponseModel):
    """One execution, with the programs, tests and results that are kept of it."""

    info: ExecutionInfo
    """The line of ``GET /v1/executions``."""
    request: ExecutionRequest | None
    """The request, with the candidates that are kept and their suites: send it to ``POST /v1/executions`` to judge them
    again. ``None`` if no candidate is kept."""
    results: list[CandidateResult]
    """The result of each candidate of ``request``, in its order. ``index`` is the position in the original request."""
    suites: list[SuiteInfo]
    """One for each suite of ``request``, in its order."""
    runner_version: str
    """Version of the code that judged the candidates."""
