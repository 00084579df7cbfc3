"""Defines the rules of an execution: limits of a candidate, state between tests, and rewards.

The server's caps are not here. Each server has its own caps, and names a cap when it refuses a limit above it.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, field_validator

from clients.contract.base import NotBool, RequestModel, reject_bool

MAX_BONUS = 1e6
"""Highest bonus: far above any reward that a trainer can use, and far below what a sum of two could not hold."""


class Limits(RequestModel):
    """What one candidate may use. The server refuses values above its caps; it never lowers them silently."""

    cpu_s: Annotated[float, Field(gt=0)] | Literal["auto"] = 2.0
    """CPU seconds of one test; the first test includes loading the program. ``auto``: ten times what passing
    candidates of the same suite needed, at least 0.1 s and at most the default of this field."""
    wall_s: Annotated[float, Field(gt=0)] = 10.0
    """Wall seconds that one test may be idle, that is, not computing: a backstop against programs that sleep. Time
    spent waiting for a busy machine does not count."""
    total_cpu_s: Annotated[float, Field(gt=0)] = 6.0
    """CPU seconds of all tests of a candidate together. Tests that are left when they are spent are ``not_run``."""
    total_wall_s: Annotated[float, Field(gt=0)] = 20.0
    """Wall seconds that all tests of a candidate together may be idle. Tests that are left when they are spent are
    ``not_run``."""
    memory_bytes: Annotated[int, Field(ge=16 * 2**20)] = 512 * 2**20
    """Address space that one process of the program may use in addition to the interpreter's own."""
    output_bytes: Annotated[int, Field(ge=1)] = 2**21
    """Bytes that one test may print (``io``), or that one returned value may have (``asserts``, ``check``)."""
    processes: Annotated[int, Field(ge=1)] = 16
    """Processes and threads of the program that may be alive at once, the program itself included."""

    @field_validator("*", mode="before")
    @classmethod
    def _numbers(cls, value: object) -> object:
        return reject_bool(value)


class State(StrEnum):
    """Whether a test sees what the tests before it changed."""

    SHARED = "shared"
    """The program is loaded once, and the tests run against it in order: a test sees earlier changes."""
    FRESH = "fresh"
    """The program is loaded afresh for every test."""


class OnTimeout(StrEnum):
    """Whether a candidate's later tests are run after one that ran out of time."""

    CONTINUE = "continue"
    """They are run against a fresh load of the program, until the total limits are spent."""
    STOP = "stop"
    """They are not run; their outcome is ``not_run``."""


class WeakTests(StrEnum):
    """What is done about tests that a program passes without solving anything.

    Each suite is judged against null programs, once for the same rules: they raise, return ``None``, ``[]`` or their
    argument, or return an object that claims to equal everything. A test that one of them passes is weak.
    """

    IGNORE = "ignore"
    """Null programs are not judged."""
    REPORT = "report"
    """Weak tests are listed in ``suites[].weak_tests`` and count as any other."""
    EXCLUDE = "exclude"
    """They are listed, and count in no rate and no reward."""


class RewardKind(StrEnum):
    """Rule that makes one number of the outcomes."""

    PASS_RATE = "pass_rate"  # noqa: S105
    """Passed tests divided by valid tests."""
    BINARY = "binary"
    """1 if every valid test passed, else 0."""
    SIGNED = "signed"
    """+1 if every valid test passed, else -1."""
    THRESHOLD = "threshold"
    """1 if the pass rate is at least ``threshold``, else 0."""
    WEIGHTED = "weighted"
    """Sum of the weights of the passed tests divided by that of the valid tests."""


class RewardPolicy(RequestModel):
    """How a judged candidate's reward is computed. An unscorable candidate gets no reward."""

    kind: RewardKind = RewardKind.PASS_RATE
    """The rule."""
    threshold: Annotated[float, Field(gt=0, le=1), NotBool] = 1.0
    """Pass rate from which the rule ``threshold`` gives 1."""
    count_passes_resting_on_program: bool = True
    """Whether a pass counts in which the program's code had a say (``rests_on_program``): code of its own classes took
    part in the test, or the program caught an exception of the test.
    Example: ``assert f(1) == f(2)`` passed because both results are objects of a class of the program, and the
    ``__eq__`` of that class returned ``True``."""
    count_passes_decided_by_program: bool = False
    """Whether a pass counts that the program alone decided (``decided_by_program``): the test asked for the truth value
    of an object that the program returned, and for nothing else, or ran an answer as code. Not counted by default: any
    program can decide so."""
    count_same_process_passes: bool = True
    """Whether a pass counts whose test ran in the program's own process (``same_process``). Counted by default: the
    suite itself has chosen to be judged so."""
    all_pass_bonus: Annotated[float, Field(ge=0, le=MAX_BONUS), NotBool] = 0.0
    """Added to the reward if every valid test passed."""
    fence_bonus: Annotated[float, Field(ge=0, le=MAX_BONUS), NotBool] = 0.0
    """Added to the reward if the program was extracted from fenced blocks of the completion, whether or not its
    tests passed. Never added for a candidate sent as ``program``, which has no format."""

    @property
    def lowest(self) -> float:
        """The lowest reward a completion can get: -1 for ``signed``, 0 for every other rule."""
        return -1.0 if self.kind is RewardKind.SIGNED else 0.0
