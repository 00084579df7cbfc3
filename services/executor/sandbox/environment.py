"""Describes a Python environment to judge in, and names the sandbox backends."""

from dataclasses import dataclass
from enum import StrEnum


class BackendName(StrEnum):
    """The isolation backends that a worker can use."""

    NSJAIL = "nsjail"
    """Namespaces, cgroups and seccomp on this host. The default."""
    DOCKER = "docker"
    """One container per worker, where the host offers only a Docker daemon."""
    LANDLOCK = "landlock"
    """Landlock, seccomp and rlimits on this host, without namespaces: profile D, which ``EXECUTOR_MIN_PROFILE`` must
    allow."""
    UNSAFE_PROCESS = "unsafe_process"
    """No isolation at all: for debugging programs you wrote yourself. Never chosen automatically."""


@dataclass(frozen=True, slots=True)
class EnvironmentSpec:
    """A named Python to judge in."""

    name: str
    """The name that requests use."""
    modules: tuple[str, ...] = ()
    """Imported once in the zygote, in addition to the common part of the standard library."""
    paths: tuple[str, ...] = ()
    """Directories of this host in which the modules are found, mounted read-only. If empty, ``modules`` are taken from
    where the worker itself finds them (docker backend: from the image)."""
    python: str = ""
    """The interpreter. Empty: the one the worker runs on. For the docker backend: the image."""
    commands: bool = False
    """Whether the host's ``/usr/bin`` is mounted read-only, so that programs may run its commands. The docker
    backend: the image's."""
    hash_seed: int = 0
    """``PYTHONHASHSEED`` of programs and tests: it decides the order of a set of strings."""

    compiled_forks: bool = True
    """Whether processes are forked by compiled code, where it was built. For comparisons: outcomes are the same."""

    @property
    def variables(self) -> dict[str, str]:
        """All environment variables of a zygote, and so of every program: the same on every machine, for equal
        outcomes.
        """
        return {"PYTHONHASHSEED": str(self.hash_seed), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
