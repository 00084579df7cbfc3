"""Execution: suites of tests and candidate programs go in, outcomes and rates come out.

A request names its suites once; candidates refer to them by id, so N candidates of one problem carry
their tests once. Axes in names: N candidates, T tests of a suite.

What each outcome means, and when a test counts, is told in ``docs/semantics.md``.
"""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from clients.contract.base import RequestModel, ResponseModel

Name = Annotated[str, Field(min_length=1, max_length=200)]


class ComparisonMode(StrEnum):
    """How printed output is compared with expected output."""

    EXACT = "exact"
    """Character for character."""
    TRAILING_NEWLINE = "trailing_newline"
    """Exact, after trailing newlines of both sides are dropped."""
    TOKENS = "tokens"
    """Equal lists of whitespace-separated tokens."""
    FLOAT = "float"
    """Tokens, where two tokens that are both numbers may differ within the tolerances."""


class Comparison(RequestModel):
    """The rule that decides whether printed output is the expected output."""

    mode: ComparisonMode = ComparisonMode.TRAILING_NEWLINE
    """The rule."""
    rel_tol: Annotated[float, Field(ge=0, le=1)] = 1e-9
    """Relative tolerance of ``float``, as in ``math.isclose``."""
    abs_tol: Annotated[float, Field(ge=0)] = 0.0
    """Absolute tolerance of ``float``, as in ``math.isclose``."""


class IoTest(RequestModel):
    """One run of the program as ``__main__``."""

    stdin: str = ""
    """Text the program reads."""
    stdout: str
    """Text it is expected to print."""


class Suite(RequestModel):
    """The tests of one problem. Exactly one of ``asserts``, ``io`` and ``check`` is given."""

    id: Name
    """What candidates refer to; unique in the request."""
    asserts: Annotated[list[str], Field(min_length=1)] | None = None
    """One test each: Python statements that fail by raising. May span lines."""
    setup: str = ""
    """Python statements run before every test of ``asserts`` and before ``check``."""
    io: Annotated[list[IoTest], Field(min_length=1)] | None = None
    """One run each: stdin and the stdout expected of it."""
    comparison: Comparison = Comparison()
    """How the outputs of ``io`` are compared."""
    check: str | None = None
    """Source that defines ``check(candidate)``, in the shape of HumanEval. One test."""
    entry_point: str | None = None
    """The program's function: what ``check`` receives; for ``asserts``, a hint for extraction and for
    telling a program's own name from a builtin of the same name."""
    weights: list[Annotated[float, Field(ge=0)]] | None = None
    """One weight per test, for the ``weighted`` reward. Default: all 1."""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        given = [name for name in ("asserts", "io", "check") if getattr(self, name) is not None]
        if len(given) != 1:
            found = " and ".join(given) or "none of them"
            raise ValueError(
                f"suite {self.id!r}: give exactly one of 'asserts', 'io', 'check'; found {found}"
            )
        if self.check is not None and not self.entry_point:
            raise ValueError(f"suite {self.id!r}: 'check' needs 'entry_point', the function to pass to it")
        if self.entry_point and not all(part.isidentifier() for part in self.entry_point.split(".")):
            raise ValueError(
                f"suite {self.id!r}: 'entry_point' {self.entry_point[:50]!r} is not a name; give the function's name"
            )
        if self.weights is not None and len(self.weights) != self.size:
            raise ValueError(
                f"suite {self.id!r}: {len(self.weights)} 'weights' for {self.size} tests; give one per test"
            )
        return self

    @property
    def size(self) -> int:
        """T, the number of tests."""
        return len(self.asserts or self.io or [self.check])


class Candidate(RequestModel):
    """One program to judge. Exactly one of ``program`` and ``completion`` is given."""

    suite: Name
    """Id of the suite that judges it."""
    id: Annotated[str, Field(max_length=200)] | None = None
    """Echoed in the result. Need not be unique; default: the position in the request."""
    program: str | None = None
    """Python source, taken as it is."""
    completion: str | None = None
    """Model output the program is extracted from: fences and prose are removed."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.program is None) == (self.completion is None):
            raise ValueError("give exactly one of 'program' and 'completion'")
        return self


class Limits(RequestModel):
    """What one candidate may use. Values above the server's caps are refused, never lowered in silence."""

    cpu_s: Annotated[float, Field(gt=0)] | Literal["auto"] = 2.0
    """CPU seconds of one test, program load included in the first. ``auto``: ten times what passing
    candidates of the same suite needed, at least 0.1 s, at most the default of this field."""
    wall_s: Annotated[float, Field(gt=0)] = 10.0
    """Wall seconds one test may be idle, that is, let pass without computing: a backstop against sleeping. Time
    spent waiting for a busy machine does not count."""
    total_cpu_s: Annotated[float, Field(gt=0)] = 6.0
    """CPU seconds of all tests of a candidate. Tests left when it is spent are ``not_run``."""
    total_wall_s: Annotated[float, Field(gt=0)] = 20.0
    """The same for all tests of a candidate. Tests left when it is spent are ``not_run``."""
    memory_bytes: Annotated[int, Field(ge=16 * 2**20)] = 512 * 2**20
    """Address space a process of the program may add to the interpreter's own."""
    output_bytes: Annotated[int, Field(ge=1)] = 2**20
    """Bytes one test may print (``io``), or return in one value (``asserts``, ``check``)."""
    processes: Annotated[int, Field(ge=1, le=1024)] = 16
    """Processes and threads alive at once, the program itself included."""


class State(StrEnum):
    """What a test finds of the tests before it."""

    SHARED = "shared"
    """The program is loaded once; tests run in order against it."""
    FRESH = "fresh"
    """Every test gets a fresh load of the program."""


class OnTimeout(StrEnum):
    """What becomes of a candidate's later tests after one ran out of time."""

    CONTINUE = "continue"
    """They are judged against a fresh load, while the totals last."""
    STOP = "stop"
    """They are ``not_run``."""


class RewardKind(StrEnum):
    """How outcomes become one number."""

    PASS_RATE = "pass_rate"  # noqa: S105
    """Passed tests divided by valid tests."""
    BINARY = "binary"
    """1 if every valid test passed, else 0."""
    SIGNED = "signed"
    """+1 if every valid test passed, else -1."""
    THRESHOLD = "threshold"
    """1 if the pass rate is at least ``threshold``, else 0."""
    WEIGHTED = "weighted"
    """Weight of the passed tests divided by weight of the valid tests."""


class RewardPolicy(RequestModel):
    """The reward a judged candidate gets; an unscorable one gets none."""

    kind: RewardKind = RewardKind.PASS_RATE
    """The rule."""
    threshold: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Pass rate that earns 1 under ``threshold``."""
    count_passes_resting_on_program: bool = True
    """Whether a pass counts that the program's own classes had a say in (``rests_on_program``)."""


class Priority(StrEnum):
    """Which queue a request waits in."""

    INTERACTIVE = "interactive"
    """Before bulk."""
    BULK = "bulk"
    """After everything interactive."""


class ExecutionRequest(RequestModel):
    """Body of ``POST /v1/executions``."""

    suites: Annotated[list[Suite], Field(min_length=1)]
    """The tests, named."""
    candidates: list[Candidate]
    """The programs, each naming its suite. Results keep this order. May be empty."""
    environment: Name = "base"
    """Which Python and which preloaded modules; the server lists its own in ``GET /v1/environments``."""
    limits: Limits = Limits()
    """What one candidate may use."""
    state: State = State.SHARED
    """What a test finds of the tests before it."""
    on_timeout: OnTimeout = OnTimeout.CONTINUE
    """What becomes of later tests after a time limit."""
    reward: RewardPolicy = RewardPolicy()
    """How outcomes become a reward."""
    priority: Priority | None = None
    """Default: ``interactive`` up to 16 candidates, else ``bulk``."""
    cache: bool = True
    """Whether earlier results for the same work may be used, and this one kept."""
    deadline_s: Annotated[float, Field(gt=0)] | None = None
    """Seconds after which candidates not yet judged are answered ``unscorable`` (``deadline``).
    Default: the server's."""

    @model_validator(mode="after")
    def _suites_resolve(self) -> Self:
        seen: set[str] = set()
        for index, suite in enumerate(self.suites):
            if suite.id in seen:
                raise ValueError(f"suites[{index}]: id {suite.id!r} is used twice; ids must be unique")
            seen.add(suite.id)
        for index, candidate in enumerate(self.candidates):
            if candidate.suite not in seen:
                raise ValueError(
                    f"candidates[{index}]: suite {candidate.suite!r} is not among 'suites'; "
                    f"add it or correct the name"
                )
        return self


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
    """The test itself does not compile: it counts for no candidate, in no rate."""


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
    """None of its suite's tests compiles."""
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


class SuiteInfo(ResponseModel):
    """What the rates of a suite are rates of."""

    id: str
    """The suite's id."""
    test_hashes: list[str]
    """SHA-256 (first 16 hex digits) of each test with its setup, in order."""
    invalid_tests: list[int] = []  # noqa: RUF012  -- pydantic copies defaults
    """Positions of tests that do not compile; they count in no rate."""
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
