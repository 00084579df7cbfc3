"""Reads the options in the URL of a foreign API: how programs run, and how outcomes become a reward.

Example: ``…/get_reward?environment=scientific&reward=signed&cpu_s=4``.
"""

from typing import Annotated, Literal

from pydantic import Field

from clients.contract import (
    ComparisonMode,
    Limits,
    OnTimeout,
    RewardKind,
    RewardPolicy,
    RunName,
    State,
    WeakTests,
)
from clients.contract.rules import MAX_BONUS
from services.common.foreign import ApiOptions
from services.executor.settings import ExecutorSettings

_PREFERRED_ENVIRONMENT = "scientific"
"""The default environment where the server has it: programs that models write sometimes import numpy."""


class JudgingOptions(ApiOptions):
    """The options of every foreign API of the executor."""

    run: RunName | None = None
    """The run that the request belongs to: it is listed and cancelled with it, and gets its share of the workers."""
    environment: Annotated[str, Field(max_length=200)] = ""
    """Name of the environment; default: ``scientific`` if the server has it, else the server's first."""
    reward: RewardKind = RewardKind.PASS_RATE
    """How outcomes become a reward."""
    threshold: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Pass rate that earns 1 under ``reward=threshold``."""
    all_pass_bonus: Annotated[float, Field(ge=0, le=MAX_BONUS)] = 0.0
    """Added to the reward when every valid test passed."""
    fence_bonus: Annotated[float, Field(ge=0, le=MAX_BONUS)] = 0.0
    """Added when the program was taken out of the completion's fenced blocks."""
    comparison: ComparisonMode = ComparisonMode.LINES
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
    """Which effects of earlier tests a test sees."""
    on_timeout: OnTimeout = OnTimeout.CONTINUE
    """What happens to the tests after one that timed out."""
    weak_tests: WeakTests = WeakTests.IGNORE
    """Whether tests that a program passes without solving anything are looked for, and whether they count."""

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
        """What one candidate may use: the options that the URL has, and defaults for the rest."""
        names = ("cpu_s", "wall_s", "total_cpu_s", "memory_bytes")
        given = {name: value for name in names if (value := getattr(self, name)) is not None}
        return Limits.model_validate(given)

    def environment_name(self, settings: ExecutorSettings) -> str:
        """Return the environment of the URL, or the server's default."""
        if self.environment:
            return self.environment
        names = settings.environments
        return _PREFERRED_ENVIRONMENT if _PREFERRED_ENVIRONMENT in names else next(iter(names))
