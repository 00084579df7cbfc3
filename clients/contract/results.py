"""Defines results: the outcomes, pass rates and rewards of candidates.

``docs/semantics.md`` explains every outcome, and which tests count.
"""

from enum import StrEnum

from clients.contract.base import ResponseModel
from clients.contract.isolation_profiles import SandboxInfo
from clients.contract.suites import Isolation


class Outcome(StrEnum):
    """How one test ended for one candidate."""

    PASSED = "passed"
    """The program loaded completely and the test ran to its end."""
    WRONG_ANSWER = "wrong_answer"
    """An assertion failed, or the output differs from the expected output, or the checker program refused it."""
    RUNTIME_ERROR = "runtime_error"
    """The program raised an exception, or its process died."""
    TIME_LIMIT = "time_limit"
    """The CPU time was spent, or the wall time was, which is a backstop."""
    MEMORY_LIMIT = "memory_limit"
    """An allocation above ``memory_bytes`` was refused, and the program did not recover."""
    OUTPUT_LIMIT = "output_limit"
    """The program printed or returned more than ``output_bytes``."""
    SYNTAX_ERROR = "syntax_error"
    """The program does not compile, or the completion holds no program."""
    NOT_RUN = "not_run"
    """A total limit was spent, or ``on_timeout`` stopped the candidate. Counts as not passed."""
    INVALID_TEST = "invalid_test"
    """The test does not compile, asserts nothing, never looks at the program, its setup fails without the program, or
    its checker program refuses its expected output. It is not counted, for any candidate or in any rate."""


class Printed(ResponseModel):
    """What a program printed in an ``io`` test whose output is not compared. The program decides all of it."""

    stdout: str
    """At most ``output_bytes``; bytes that are not UTF-8 are replaced."""
    stderr: str
    """The same; ends with the traceback if the program raised."""
    exit_code: int
    """0, the argument of ``sys.exit``, 1 after an exception, or minus the number of the signal that killed it."""


class TestResult(ResponseModel):
    """One test's outcome for one candidate."""

    __test__ = False  # pytest must not collect it as a test class

    outcome: Outcome
    """How the test ended."""
    cpu_s: float = 0.0
    """CPU seconds that the program spent on the test."""
    message: str = ""
    """Explanation for people: at most 500 characters, without control characters."""
    rests_on_program: bool = False
    """Whether the program's code had a say in the result: code of its own classes took part in the test, or the program
    caught an exception of the test."""
    decided_by_program: bool = False
    """Whether it is a pass that the program alone decided; such a pass is marked ``rests_on_program``, too. Either the
    test asked for the truth value of an object that the program returned (``assert f(x)``), the object's own
    ``__bool__`` or ``__len__`` decided, and nothing else was asked of it; or the test ran an answer as code
    (``exec(f(x))``, ``pickle.loads(f(x))``)."""
    same_process: bool = False
    """Whether it is a pass of a test that ran in the program's own process (``Suite.isolation``), which a dishonest
    program can bring about."""
    weak: bool = False
    """Whether a null program passes the test and the request leaves such tests out (``weak_tests: exclude``): it
    counts in no rate, whatever its outcome."""
    score: float | None = None
    """The number from 0 to 1 that the suite's ``checker`` returned, if it did not return a bool. The test passed if it
    is 1; no rate counts parts of a test."""
    value_hash: str | None = None
    """16 hexadecimal digits: the hash of what the program answered to the test's calls, in order, whether the test
    passed or not (``ExecutionRequest.values``). Programs with equal hashes returned equal values or raised exceptions
    of classes with one name. In ``io`` suites, the hash of what it printed, without blanks at the ends of lines.
    ``None`` if the request does not ask for it, the test called nothing or did not end by itself (limits, a lost
    process), it ran an answer as code, or an answer is not plain data or has more than 10,000 items."""
    printed: Printed | None = None
    """What the program printed: only for ``io`` tests whose ``stdout`` is ``null``, and only within
    ``output_bytes``."""

    @property
    def counts(self) -> bool:
        """Whether the test counts in rates: it is valid, and not left out as weak."""
        return self.outcome is not Outcome.INVALID_TEST and not self.weak


class ExtractionMethod(StrEnum):
    """How a program was extracted from a completion."""

    AS_IS = "as_is"
    """``program`` was given, or the whole completion is a program."""
    FENCE = "fence"
    """One fenced block, or several put together."""
    PROSE_STRIPPED = "prose_stripped"
    """The completion has no usable fence: the code between lines of prose."""
    NONE = "none"
    """No code was found."""


class Extraction(ResponseModel):
    """The program that was extracted from a completion."""

    method: ExtractionMethod
    """How it was extracted."""
    program: str
    """The program that was judged."""
    fences: int = 0
    """Number of fenced blocks in the completion."""
    note: str = ""
    """What was left out of the program, in words."""


class Status(StrEnum):
    """Whether there is a verdict."""

    JUDGED = "judged"
    """Every test has an outcome."""
    UNSCORABLE = "unscorable"
    """There is no verdict, so there is no reward; ``reason`` says why. Only for ``invalid_input`` the candidate's own
    text is the cause."""


class UnscorableReason(StrEnum):
    """Why there is no verdict."""

    INVALID_INPUT = "invalid_input"
    """The candidate's text cannot be judged: it is too large, or holds NUL bytes or text that is not Unicode."""
    INVALID_SUITE = "invalid_suite"
    """No test of its suite is valid."""
    BAD_ROW = "bad_row"
    """The row of the data set cannot be used: its tests or its completion cannot be read. Adapter functions give this
    reason; the service does not."""
    SANDBOX_FAILURE = "sandbox_failure"
    """The jail failed each time the candidate was judged: at least twice alone, each time in up to three jails."""
    WORKER_LOST = "worker_lost"
    """The worker died while it judged the candidate, and the next worker died too."""
    DEADLINE = "deadline"
    """The candidate was not judged before the request's deadline."""
    CANCELLED = "cancelled"
    """The job was cancelled."""
    QUEUE_UNAVAILABLE = "queue_unavailable"
    """The queue became unavailable while the request waited."""


class CandidateResult(ResponseModel):
    """The verdict on one candidate."""

    id: str
    """The candidate's id, or its position in the request."""
    index: int
    """Position in the request, from 0."""
    suite: str
    """Id of the suite that judged it."""
    status: Status
    """Whether there is a verdict."""
    reason: UnscorableReason | None = None
    """Why there is no verdict, if ``status`` is ``unscorable``."""
    detail: str = ""
    """The reason in words, and what to do."""
    pass_rate: float | None = None
    """Passed tests divided by valid tests; ``None`` if ``unscorable``."""
    reward: float | None = None
    """Reward of the outcomes by the request's policy; ``None`` if ``unscorable``."""
    tests: list[TestResult] = []  # noqa: RUF012  -- pydantic copies defaults
    """One per test of the suite, in the suite's order; empty if ``unscorable``."""
    extraction: Extraction | None = None
    """The program that was extracted from ``completion``; ``None`` if ``program`` was sent."""
    cpu_s: float = 0.0
    """CPU seconds of all tests together."""
    wait_s: float = 0.0
    """Seconds from the arrival of the request to its result, less ``run_s``: in the queue, behind other programs of its
    chunk, and up to 0.1 s of delivery. If it is ``cached``, until the earlier result was there. 0 if ``unscorable``."""
    run_s: float = 0.0
    """Seconds for which a worker judged it, idle time included; of the earlier work if it is ``cached``. 0 if
    ``unscorable``."""
    cached: bool = False
    """Whether the result was taken from earlier work on the same program, suite, limits and runner."""

    @property
    def reason_text(self) -> str:
        """Why there is no verdict, as one line: ``worker_lost: <detail>``."""
        return f"{self.reason or 'no pass rate'}: {self.detail}".removesuffix(": ")


class SuiteInfo(ResponseModel):
    """Identifies the tests behind the rates of one suite."""

    id: str
    """The suite's id."""
    test_hashes: list[str]
    """SHA-256 (first 16 hex digits) of each test with its setup, in order."""
    invalid_tests: list[int] = []  # noqa: RUF012  -- pydantic copies defaults
    """Positions of the tests that do not compile or plainly assert nothing; no rate counts them. What shows only when a
    test runs is in its outcome, ``invalid_test``."""
    isolation: Isolation = Isolation.SEPARATE
    """Whether its tests ran in the process of the program."""
    weak_tests: list[int] | None = None
    """Positions of the tests that a null program passes (``ExecutionRequest.weak_tests``); ``None`` if they were not
    looked for, or could not be found."""
    cpu_limit_s: float | None = None
    """The CPU limit that was measured, if the request's limit was ``auto``."""


class ExecutionSummary(ResponseModel):
    """Last line of an NDJSON answer: the fields of ``ExecutionResponse`` without the results."""

    id: str
    """The execution's id."""
    suites: list[SuiteInfo]
    """One per suite, in request order."""
    runner_version: str
    """Version of the code that judged the candidates; part of every cache key."""


class ExecutionResponse(ResponseModel):
    """Answer to ``POST /v1/executions``: results in request order."""

    id: str
    """The execution's id."""
    results: list[CandidateResult]
    """One per candidate, in request order."""
    suites: list[SuiteInfo]
    """One per suite, in request order."""
    runner_version: str
    """Version of the code that judged the candidates; part of every cache key."""


class Environment(ResponseModel):
    """A named Python that the server judges programs in."""

    name: str
    """The name to put into a request's ``environment``."""
    python: str
    """Its version."""
    modules: list[str]
    """Modules that are loaded before any program, in addition to common ones of the standard library."""
    hash_seed: int = 0
    """``PYTHONHASHSEED`` of programs and tests: it decides the order of a set of strings."""
    sandbox: SandboxInfo | None = None
    """How its workers isolate programs. Null: no worker serves it now, Redis does not answer, or the server is older.
    """
