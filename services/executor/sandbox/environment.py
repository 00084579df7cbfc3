"""Describes a Python environment to judge in, and names the sandbox backends."""

from dataclasses import dataclass
from enum import StrEnum


class Backend(StrEnum):
    """The walls a worker can judge behind."""

    NSJAIL = "nsjail"
    """Namespaces, cgroups and seccomp on this host. The default."""
    DOCKER = "docker"
    """One container per worker, where the host offers only a Docker daemon."""
    UNSAFE_PROCESS = "unsafe_process"
    """No wall at all: for debugging programs you wrote yourself. Never chosen for you."""


@dataclass(frozen=True, slots=True)
class EnvironmentSpec:
    """A named Python to judge in."""

    name: str
    """What requests call it."""
    modules: tuple[str, ...] = ()
    """Imported once in the warm parent, beside the common part of the standard library."""
    paths: tuple[str, ...] = ()
    """Directories of this host the modules are found in, mounted read-only. Empty with ``modules`` given: found
    where the worker itself finds them (docker: in the image)."""
    python: str = ""
    """Interpreter; empty: the one the worker runs on. The docker backend: the image."""
