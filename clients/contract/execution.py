"""Defines the request that executes candidate programs against suites of tests. ``results`` has the answer.

A request holds each suite once, and candidates refer to suites by id. So the tests of N candidates of one problem
are sent once. Axes in names: N candidates, T tests of a suite.
"""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from clients.contract.base import NotBool, RequestModel
from clients.contract.rules import Limits, OnTimeout, RewardKind, RewardPolicy, State, WeakTests
from clients.contract.runs import RunName
from clients.contract.suites import Name, Suite


class Candidate(RequestModel):
    """One program to judge. Exactly one of ``program`` and ``completion`` is given."""

    suite: Name
    """Id of the suite that judges it."""
    id: Annotated[str, Field(max_length=200)] | None = None
    """Copied into the result. It need not be unique. Default: the candidate's position in the request."""
    program: str | None = None
    """Python source, judged as it is."""
    completion: str | None = None
    """Model output that the service extracts the program from: Markdown fences and prose are removed."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.program is None) == (self.completion is None):
            raise ValueError("give exactly one of 'program' and 'completion'")
        return self


class Priority(StrEnum):
    """The queue that a request waits in."""

    INTERACTIVE = "interactive"
    """Judged before bulk requests that wait. If it never ends, both get half of the workers."""
    BULK = "bulk"
    """Judged when no interactive request waits, or such requests are far ahead."""


def _with_kind(value: object) -> object:
    """Return a policy for the name of its rule; ``RewardKind`` checks the name."""
    return {"kind": value} if isinstance(value, str) else value


class ExecutionRequest(RequestModel):
    """Body of ``POST /v1/executions``."""

    suites: Annotated[list[Suite], Field(min_length=1)]
    """The suites of tests; each has an id."""
    candidates: list[Candidate]
    """The candidate programs; each names its suite. Results keep this order. The list may be empty."""
    environment: Name = "base"
    """Name of the Python and its preloaded modules; ``GET /v1/environments`` lists the server's."""
    limits: Limits = Limits()
    """CPU time, wall time and memory that one candidate may use."""
    state: State = State.SHARED
    """Whether a test sees what the tests before it changed."""
    on_timeout: OnTimeout = OnTimeout.CONTINUE
    """Whether later tests are run after one that ran out of time."""
    reward: Annotated[
        RewardPolicy, BeforeValidator(_with_kind, json_schema_input_type=RewardPolicy | RewardKind)
    ] = RewardPolicy()
    """Rule that computes the reward from the outcomes. The name of a rule may be given alone: ``"binary"``."""
    weak_tests: WeakTests = WeakTests.IGNORE
    """Whether tests that null programs pass are looked for, and whether they count."""
    values: bool = False
    """Whether each test's result has a hash of what the program returned (``TestResult.value_hash``), so that programs
    can be grouped by what they return, right or wrong. Not for ``isolation: same_process``."""
    priority: Priority | None = None
    """Default: ``interactive`` up to 16 candidates, unless the run has more than 32 candidates of such requests in
    progress; else ``bulk``."""
    run: RunName | None = None
    """The run that the request belongs to: a name for requests that are listed and cancelled together. Runs that wait
    get equal shares of the workers. Default: the requests of a key that name no run are one."""
    cache: bool = True
    """Whether the service may use earlier results of the same work, and keep the new ones."""
    deadline_s: Annotated[float, Field(gt=0), NotBool] | None = None
    """Seconds after which candidates that are not judged yet become ``unscorable`` (reason ``deadline``).
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
