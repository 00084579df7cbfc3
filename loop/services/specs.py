"""Decides how each service of a loop is started, or which address it has where the configuration gives one."""

from enum import StrEnum
from pathlib import Path

from loop.config import LoopConfig, RealModels
from loop.folder import RunFolder
from loop.services.process import ServiceSpec, python_command

SCORE_S = 3600
"""Seconds after which an answer without a score is an error. On a laptop a model of 0.5B scores some hundred tokens a
second; and an answer without a score is a lost pick, or a sample of RL without a reward."""


class ServiceName(StrEnum):
    """A service that steps use over HTTP."""

    EXECUTOR = "executor"
    """Judges programs: ``acecoder up``. Its address is that of ``ACECODER_URL``."""
    REWARD_MODEL = "reward_model"
    """Scores answers with the run's reward model: ``acecoder serve-rm``. Its address is that of ``ACECODER_RM_URL``."""
    POLICY = "policy"
    """Samples from the base policy. An OpenAI API; its address ends in ``/v1``, as do the next two."""
    SOLVER = "solver"
    """Writes the programs that label tests."""
    WRITER = "writer"
    """Writes questions and tests."""


def given_address(name: ServiceName, config: LoopConfig) -> str:
    """Return the address that the configuration gives; empty: the loop starts the service."""
    match name:
        case ServiceName.EXECUTOR:
            return config.services.executor
        case ServiceName.REWARD_MODEL:
            return config.services.reward_model
    if not isinstance(config.world, RealModels):
        return ""
    world = config.world
    addresses = {
        ServiceName.POLICY: world.policy_url,
        ServiceName.SOLVER: world.solver_url,
        ServiceName.WRITER: world.writer_url,
    }
    return addresses[name]


def spec_of(name: ServiceName, config: LoopConfig, folder: RunFolder) -> ServiceSpec:
    """Return how a service is started."""
    match name:
        case ServiceName.EXECUTOR:
            return executor_spec()
        case ServiceName.REWARD_MODEL:
            return reward_model_spec(folder.reward_model, config)
        case ServiceName.POLICY:
            world = config.world
            policy = Path(world.policy) if isinstance(world, RealModels) else folder.policy
            return _openai_spec(name, "loop.policy.server", policy, config)
        case ServiceName.SOLVER:
            return _openai_spec(name, "loop.policy.server", folder.solver, config)
        case ServiceName.WRITER:
            return _openai_spec(name, "loop.world.writer", folder.root, config)


def executor_spec() -> ServiceSpec:
    """Return how the executor is started: with a worker per core."""
    return ServiceSpec("executor", python_command("acecoder", "up", "--port", "{port}"), "/readyz")


def reward_model_spec(model: Path, config: LoopConfig, *, name: str = "reward_model") -> ServiceSpec:
    """Return how a reward model is served; ``model`` is the folder that ``acecoder train-rm`` wrote."""
    weights = (model / "classification").resolve()
    command = python_command("acecoder", "serve-rm", str(weights), "--port", "{port}")
    limits = {"RM_THREADS": str(config.threads), "RM_DEADLINE_S": str(SCORE_S)}
    variables = {**limits, **thread_variables(config.threads)}
    return ServiceSpec(name, command, "/readyz", variables)


def _openai_spec(name: ServiceName, module: str, folder: Path, config: LoopConfig) -> ServiceSpec:
    source = folder.resolve() if folder.exists() else folder  # or a name on the hub
    command = python_command(module, str(source), "--port", "{port}")
    return ServiceSpec(name, command, "/health", thread_variables(config.threads), suffix="/v1")


def thread_variables(threads: int) -> dict[str, str]:
    """Return the environment variables that bound the threads of PyTorch, and let them sleep while they wait.

    By default a thread that waits for the others spins. With more threads than free cores it then takes the core that
    another thread needs: on a machine with six times as many running threads as cores, a training step took 5.1 s
    of wall and 1.8 s of CPU time with two spinning threads, 0.9 s and 0.3 s with two that sleep.
    """
    return {"OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads), "OMP_WAIT_POLICY": "PASSIVE"}
