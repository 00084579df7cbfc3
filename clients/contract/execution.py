"""Execution: suites of tests and candidate programs go in; ``results`` come out.

A request names its suites once; candidates refer to them by id, so N candidates of one problem carry
their tests once. Axes in names: N candidates, T tests of a suite.
"""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from clients.contract.base import NotBool, RequestModel
from clients.contract.rules import Limits, OnTimeout, RewardPolicy, State
from clients.contract.suites import Name, Suite


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
    deadline_s: Annotated[float, Field(gt=0), NotBool] | None = None
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
