"""Results: outcomes, rates and rewards of candidates, and what is said beside them.

What each outcome means, and when a test counts, is told in ``docs/semantics.md``.
"""

from enum import StrEnum

from clients.contract.base import ResponseModel


class Outcome(StrEnum):
    """What became of one test."""

    PASSED = "passed"
    """The program loaded completely and the test reached its end."""
    WRONG_ANSWER = "wrong_answer"
    """An assertion did not hold, or the output differs."""
    RUNTIME_ERROR = "runtime_error"
    """The program raised, or its process died."""
    TIME_LIMIT = "time_limit"
    """CPU time ran out, or the wall-time backstop did."""
    MEMORY_LIMIT = "memory_limit"
    """An allocation above ``memory_bytes`` was refused and not survived."""
    OUTPUT_LIMIT = "output_limit"
    """More than ``output_bytes`` were printed or returned."""
    SYNTAX_ERROR = "syntax_error"
    """The program does not compile, or none was found in the completion."""
    NOT_RUN = "not_run"
    """A total was spent, or ``on_timeout`` stopped the candidate. Counts as not passed."""
    INVALID_TEST = "invalid_test"
    """The test does not compile, holds no statement, or its setup fails by itself: it counts for no candidate, in
    no rate."""


class Printed(ResponseModel):
    """What a program printed in an ``io`` test that expects nothing in particular. Its own word for everything."""

    stdout: str
    """At most ``output_bytes``; bytes that are not UTF-8 are replaced."""
    stderr: str
    """The same; ends with the traceback if the program raised."""
    exit_code: int
    """0, what ``sys.exit`` was given, 1 after an exception, or the negative number of the signal it died of."""


class TestResult(ResponseModel):
    """One test's outcome for one candidate."""

    __test__ = False  # not a test class, whatever its name suggests to pytest

    outcome: Outcome
    """What became of it."""
    cpu_s: float = 0.0
    """CPU seconds the program spent on it."""
    message: str = ""
    """What a person may want to know: at most 500 characters, none of them control characters."""
    rests_on_program: bool = False
    """The test's answer came from code of the program's own classes, not from plain values."""
    printed: Printed | None = None
    """Only for ``io`` tests whose ``stdout`` is ``null``, unless the program printed more than it may."""


class ExtractionMethod(StrEnum):
    """How a program was found."""

    AS_IS = "as_is"
    """``program`` was given, or the whole completion is a program."""
    FENCE = "fence"
    """One fenced block, or several put together."""
    PROSE_STRIPPED = "prose_stripped"
    """No usable fence: the code between prose lines."""
    NONE = "none"
    """No code was found."""


class Extraction(ResponseModel):
    """What was taken from a completion."""

    method: ExtractionMethod
    """How."""
    program: str
    """The program that was judged."""
    fences: int = 0
    """Fenced blocks seen."""
    note: str = ""
    """What was left out, in words."""


class Status(StrEnum):
    """Whether there is a verdict."""

    JUDGED = "judged"
    """Every test has an outcome."""
    UNSCORABLE = "unscorable"
    """No verdict, through no merit or fault of the program: never a reward of 0."""


class UnscorableReason(StrEnum):
    """Why there is no verdict."""

    INVALID_INPUT = "invalid_input"
    """The candidate cannot be judged as sent: too large, NUL bytes, text that is not Unicode."""
    INVALID_SUITE = "invalid_suite"
    """None of its suite's tests is valid."""
    SANDBOX_FAILURE = "sandbox_failure"
    """The jail failed, and failed again when tried afresh."""
    WORKER_LOST = "worker_lost"
    """The worker died while judging it, and so did the next."""
    DEADLINE = "deadline"
    """Not judged before the request's deadline."""
    CANCELLED = "cancelled"
    """The job was cancelled."""
    QUEUE_UNAVAILABLE = "queue_unavailable"
    """The queue went away while the request waited."""


class CandidateResult(ResponseModel):
    """The verdict on one candidate."""

    id: str
    """The candidate's id, or its position in the request."""
    index: int
    """Position in the request, from 0."""
    suite: str
    """The suite that judged it."""
    status: Status
    """Whether there is a verdict."""
    reason: UnscorableReason | None = None
    """Why not, if ``unscorable``."""
    detail: str = ""
    """The reason in words, with what to do."""
    pass_rate: float | None = None
    """Passed tests divided by valid tests; ``None`` if unscorable."""
    reward: float | None = None
    """What the request's policy makes of the outcomes; ``None`` if unscorable."""
    tests: list[TestResult] = []  # noqa: RUF012  -- pydantic copies defaults
    """One per test of the suite, in its order; empty if unscorable."""
    extraction: Extraction | None = None
    """What was taken from ``completion``; ``None`` when ``program`` was given."""
    cpu_s: float = 0.0
    """CPU seconds of all tests."""
    cached: bool = False
    """Taken from earlier work on the same program, suite, limits and runner."""

    @property
    def reason_text(self) -> str:
        """Why there is no verdict, as one line: ``worker_lost: <detail>``."""
        return f"{self.reason or 'no pass rate'}: {self.detail}".removesuffix(": ")


class SuiteInfo(ResponseModel):
    """What the rates of a suite are rates of."""

    id: str
    """The suite's id."""
    test_hashes: list[str]
    """SHA-256 (first 16 hex digits) of each test with its setup, in order."""
    invalid_tests: list[int] = []  # noqa: RUF012  -- pydantic copies defaults
    """Positions of tests that do not compile or hold no statement; they count in no rate."""
    cpu_limit_s: float | None = None
    """The limit ``auto`` arrived at, if it was asked for."""


class ExecutionSummary(ResponseModel):
    """Last line of an NDJSON answer: what ``ExecutionResponse`` says beside the results."""

    id: str
    """The execution's id."""
    suites: list[SuiteInfo]
    """One per suite, in request order."""
    runner_version: str
    """Version of the code that judged; part of every cache key."""


class ExecutionResponse(ResponseModel):
    """Answer to ``POST /v1/executions``: results in request order."""

    id: str
    """The execution's id."""
    results: list[CandidateResult]
    """One per candidate, in request order."""
    suites: list[SuiteInfo]
    """One per suite, in request order."""
    runner_version: str
    """Version of the code that judged; part of every cache key."""


class Environment(ResponseModel):
    """A named Python the server judges in."""

    name: str
    """What a request's ``environment`` says."""
    python: str
    """Its version."""
    modules: list[str]
    """Modules loaded before any program, beside the standard library's common ones."""
