"""Rules: what a candidate may use, what a test finds of the tests before it, how outcomes become a reward.

The server's caps are not here: each server has its own, and names it when it refuses.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, field_validator

from clients.contract.base import NotBool, RequestModel, reject_bool


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
    processes: Annotated[int, Field(ge=1)] = 16
    """Processes and threads alive at once, the program itself included."""

    @field_validator("*", mode="before")
    @classmethod
    def _numbers(cls, value: object) -> object:
        return reject_bool(value)


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
    threshold: Annotated[float, Field(gt=0, le=1), NotBool] = 1.0
    """Pass rate that earns 1 under ``threshold``."""
    count_passes_resting_on_program: bool = True
    """Whether a pass counts that the program's own classes had a say in (``rests_on_program``)."""
    all_pass_bonus: Annotated[float, Field(ge=0), NotBool] = 0.0
    """Added when every valid test passed."""
    fence_bonus: Annotated[float, Field(ge=0), NotBool] = 0.0
    """The format term: added when the program was taken out of the completion's fenced blocks, whatever became
    of its tests. Nothing is added for a candidate sent as ``program``: it has no format."""

    @property
    def lowest(self) -> float:
        """The lowest reward a completion can get: -1 for ``signed``, 0 for every other rule."""
        return -1.0 if self.kind is RewardKind.SIGNED else 0.0
