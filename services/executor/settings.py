"""Defines the executor's settings, each with its unit and its reason.

They are read once per process, from ``EXECUTOR_…`` environment variables, and passed down. Nested ones use two
underscores: ``EXECUTOR_CAPS__CPU_S=10``; ``EXECUTOR_ENVIRONMENTS`` is JSON.

The times, shortest first; each is longer than what it waits for::

    beat 1 s < worker lost 5 s < owner lost 10 s               liveness
    cpu 2 s < wall 10 s < totals 20 s                          one candidate
    Redis away 20 s < deadline 300 s < job kept 1 h            one request
"""

from importlib.util import find_spec
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_settings import SettingsConfigDict

from clients.contract import IsolationProfile
from services.common.settings import ServiceSettings
from services.executor.sandbox.environment import BackendName, EnvironmentSpec

BEAT_S = 1
"""How often a worker renews its heartbeat, and the owner of an execution its key."""
WORKER_LOST_S = 5
"""A worker without a heartbeat for this long is lost: five beats, so that a busy machine does not count as dead."""
OWNER_LOST_S = 10
"""If the owner's key is not renewed for this long, the claims of an execution may be taken over."""


class Caps(BaseModel):
    """The highest limits that a request may ask for, field by field of ``Limits``."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    cpu_s: float = 30
    wall_s: float = 120
    total_cpu_s: float = 300
    total_wall_s: float = 600
    memory_bytes: int = 8 * 2**30
    output_bytes: int = 16 * 2**20
    processes: int = 128


class EnvironmentSettings(BaseModel):
    """A named Python: an entry of ``EXECUTOR_ENVIRONMENTS``."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    modules: tuple[str, ...] = ()
    """Imported once, before any program."""
    paths: tuple[str, ...] = ()
    """Directories that contain the modules; empty: where the worker finds them."""
    python: str = ""
    """Interpreter; empty: the worker's own. The docker backend: the image, with the modules in it."""
    commands: bool = False
    """Whether programs may run the commands of this host's ``/usr/bin`` (``gzip``, ``bash``), which is then mounted
    read-only. The docker backend: those of the image."""
    hash_seed: Annotated[int, Field(ge=0, le=2**32 - 1)] = 0
    """``PYTHONHASHSEED`` of programs and tests. An outcome that differs between two environments that differ in this
    alone depends on the order of a set."""

    def spec(self, name: str) -> EnvironmentSpec:
        """Return the environment as the sandbox takes it."""
        return EnvironmentSpec(
            name=name,
            modules=self.modules,
            paths=self.paths,
            python=self.python,
            commands=self.commands,
            hash_seed=self.hash_seed,
        )


def default_environments(settings: dict[str, Any]) -> dict[str, EnvironmentSettings]:
    """Return ``base``, and ``scientific`` with those of numpy, scipy, pandas and sympy that are installed here.

    The docker backend runs another Python, the image's, which may not have these modules: it has ``base`` alone.
    """
    environments = {"base": EnvironmentSettings()}
    if settings.get("backend") is BackendName.DOCKER:
        return environments
    modules = tuple(name for name in ("numpy", "scipy", "pandas", "sympy") if find_spec(name))
    if modules:
        environments["scientific"] = EnvironmentSettings(modules=modules)
    return environments


class ExecutorSettings(ServiceSettings):
    """Settings of the executor's API and workers."""

    model_config = SettingsConfigDict(
        env_prefix="EXECUTOR_",
        env_nested_delimiter="__",
        frozen=True,
        use_attribute_docstrings=True,
        extra="ignore",
    )

    redis_url: str = "redis://127.0.0.1:6379/0"
    """``redis://``, ``rediss://`` or ``unix://``. Every process that can connect to it can enqueue work: keep it
    private."""
    backend: BackendName = BackendName.NSJAIL
    """The sandbox backend of the workers: ``nsjail``, ``docker``, ``landlock`` or ``unsafe_process``."""
    min_profile: IsolationProfile | None = None
    """The lowest isolation profile (``docs/privileges.md``) that a worker may start with. Unset: B; the backend
    ``unsafe_process``, which is never chosen unless named, is then allowed too."""
    environments: Annotated[dict[str, EnvironmentSettings], Field(min_length=1)] = Field(
        default_factory=default_environments
    )
    """The Python environments that a request may name. By default ``base``, and ``scientific`` where numpy, scipy,
    pandas or sympy is installed."""
    serve: tuple[str, ...] = ()
    """Environments that this worker serves, in order of preference; empty: all of them, in turn."""
    caps: Caps = Caps()
    """The highest limits that a request may ask for."""
    jail_memory_bytes: int = 4 * 2**30
    """Memory of one worker's jail, all candidates in it together."""
    max_program_bytes: int = 2**20
    """Largest program or completion; a larger one is ``invalid_input``."""
    max_suite_bytes: int = 16 * 2**20
    """Largest suite: the characters of all its texts together."""
    max_tests: int = 10_000
    """The highest number of tests in one suite."""
    max_queued_candidates: int = 50_000
    """Candidates that may wait in the queue: about a minute's work for 8 cores. Requests beyond it get status 503,
    unless their key and run have less than their share of it."""
    max_candidates_per_key: Annotated[int, Field(ge=1)] = 50_000
    """Candidates of one key in progress, in each API process. Requests beyond it get status 429, unless their run has
    less than its share of it. By default one key may fill the queue."""
    max_candidates_per_run: Annotated[int, Field(ge=1)] = 50_000
    """Candidates of one named run in progress, in each API process. Requests beyond it get status 429."""
    max_chunk: Annotated[int, Field(ge=1)] = 32
    """Candidates in one queue item: above 16 the queue's own cost is below a tenth of the judging."""
    default_deadline_s: float = 300
    """Deadline of a request that names none, counted from its arrival."""
    max_deadline_s: float = 3600
    """The latest deadline that a request may ask for."""
    redis_patience_s: float = 20
    """How long a request in progress waits for a Redis that is away: long enough for a restart, not for a repair."""
    cache_ttl_s: int = 24 * 3600
    """How long results are kept for reuse."""
    job_ttl_s: int = 3600
    """How long an asynchronous job's response is kept."""
    kept_executions: Annotated[int, Field(ge=0)] = 50
    """Executions of each key whose programs, tests and results are kept for the page of an execution, the latest ones;
    0: none. Each takes at most about 300 KiB of Redis, so those of one key at most 15 MiB."""
    kept_executions_s: Annotated[int, Field(ge=1)] = 3600
    """How long they are kept."""

    @field_validator("redis_url")
    @classmethod
    def _check_redis_url(cls, url: str) -> str:
        if not url.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("should begin with redis://, rediss:// or unix://, as redis://127.0.0.1:6379/0")
        return url

    def served(self) -> dict[str, EnvironmentSpec]:
        """Return the environments that a worker with these settings serves; in its order of preference, if ``serve``
        gives one.

        Raises:
            ValueError: ``serve`` names an environment that is not among ``environments``.
        """
        names = self.serve or tuple(self.environments)
        if unknown := [name for name in names if name not in self.environments]:
            raise ValueError(f"EXECUTOR_SERVE names {unknown[0]!r}; there are {', '.join(self.environments)}")
        return {name: self.environments[name].spec(name) for name in names}
