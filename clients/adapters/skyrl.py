"""SkyRL-Gym: ``environment.env_class=acecoder`` once ``register()`` has run; one turn, judged by the row's tests."""

from typing import Any

from skyrl_gym.envs.base_text_env import BaseTextEnv, BaseTextEnvStepOutput
from skyrl_gym.envs.registration import register as _register

from clients.adapters.verdicts import certain, judge_sync, numbers_of


class AceCoderEnv(BaseTextEnv):  # type: ignore[misc]  # the framework has no types
    """One question, one answer."""

    def __init__(self, env_config: Any = None, extras: dict[str, Any] | None = None) -> None:
        super().__init__()
        self.truth = (extras or {})["reward_spec"]["ground_truth"]

    def step(self, action: str) -> Any:
        """Judge the answer. Raises ``NoVerdictError``."""
        (result,) = judge_sync([action], [self.truth])
        numbers = numbers_of(result)
        return BaseTextEnvStepOutput(observations=[], reward=certain(result), done=True, metadata=numbers)


def register() -> None:
    """Make the environment known as ``acecoder``."""
    _register(id="acecoder", entry_point="clients.adapters.skyrl:AceCoderEnv")
