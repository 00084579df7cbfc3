"""What a user of a foreign wire may say in the URL, since the wire itself has no word for it.

``…/get_reward?environment=scientific&reward=signed&cpu_s=4``: one option of the framework, its URL, is all there is
to change. Bad options are refused by name.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from clients.contract import ComparisonMode, Limits, OnTimeout, RewardKind, RewardPolicy, State
from services.executor.settings import ExecutorSettings

_RICHEST = "scientific"
"""Served by default where it exists: programs that models write import numpy now and then."""


class WireOptions(BaseModel):
    """The query of a foreign wire's URL."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True, frozen=True)

    environment: str = ""
    """Which Python; default: ``scientific`` if the server has it, else its first."""
    reward: RewardKind = RewardKind.PASS_RATE
    """How outcomes become a reward."""
    threshold: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Pass rate that earns 1 under ``reward=threshold``."""
    all_pass_bonus: Annotated[float, Field(ge=0)] = 0.0
    """Added to the reward when every valid test passed."""
    fence_bonus: Annotated[float, Field(ge=0)] = 0.0
    """Added when the program was taken out of the completion's fenced blocks."""
    comparison: ComparisonMode = ComparisonMode.TRAILING_NEWLINE
    """How printed output is compared."""
    cpu_s: Annotated[float, Field(gt=0)] | Literal["auto"] | None = None
    """CPU seconds of one test."""
    wall_s: Annotated[float, Field(gt=0)] | None = None
    """Wall seconds one test may be idle."""
    total_cpu_s: Annotated[float, Field(gt=0)] | None = None
    """CPU seconds of a candidate."""
    memory_bytes: Annotated[int, Field(ge=16 * 2**20)] | None = None
    """Address space a program may add."""
    state: State = State.SHARED
    """What a test finds of the tests before it."""
    on_timeout: OnTimeout = OnTimeout.CONTINUE
    """What becomes of the tests after one that timed out."""

    @property
    def policy(self) -> RewardPolicy:
        """How outcomes become a reward."""
        return RewardPolicy(
            kind=self.reward,
            threshold=self.threshold,
            all_pass_bonus=self.all_pass_bonus,
            fence_bonus=self.fence_bonus,
        )

    @property
    def limits(self) -> Limits:
        """What one candidate may use: what was said, and the defaults."""
        names = ("cpu_s", "wall_s", "total_cpu_s", "memory_bytes")
        said = {name: value for name in names if (value := getattr(self, name)) is not None}
        return Limits.model_validate(said)

    def environment_of(self, settings: ExecutorSettings) -> str:
        """The name to ask for."""
        if self.environment:
            return self.environment
        return _RICHEST if _RICHEST in settings.environments else next(iter(settings.environments))
