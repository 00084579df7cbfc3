"""Rewards completions for SkyRL-Gym: call ``register()``, then set ``environment.env_class=acecoder``."""

from collections.abc import Mapping
from typing import Any

from skyrl_gym.envs.base_text_env import BaseTextEnv, BaseTextEnvStepOutput
from skyrl_gym.envs.registration import register as _register

from clients.adapters.columns import name_of_row
from clients.adapters.verdicts import judge_sync, metrics_of, require_reward


class AceCoderEnv(BaseTextEnv):  # type: ignore[misc]  # the framework has no types
    """An environment of one turn: a question and its answer, which the row's tests judge."""

    def __init__(self, env_config: Any = None, extras: dict[str, Any] | None = None) -> None:
        super().__init__()
        row = extras or {}
        spec = row.get("reward_spec")
        self.truth = spec.get("ground_truth") if isinstance(spec, Mapping) else None
        self.names = name_of_row(row, "reward_spec.ground_truth")
        self.numbers: dict[str, float] = {}

    def step(self, action: str) -> Any:
        """Judge the answer. Raises ``NoVerdictError`` without a verdict."""
        (result,) = judge_sync([action], [self.truth], names=self.names)
        self.numbers = metrics_of(result)
        return BaseTextEnvStepOutput(
            observations=[], reward=require_reward(result), done=True, metadata=self.numbers
        )

    def get_metrics(self) -> dict[str, float]:
        """Return the numbers of the answer, which SkyRL's trainer logs; none before there is one."""
        return self.numbers


def register() -> None:
    """Register the environment under the name ``acecoder``."""
    _register(id="acecoder", entry_point=f"{__name__}:AceCoderEnv")
