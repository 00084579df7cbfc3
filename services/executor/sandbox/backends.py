"""Which walls there are, and the one place that builds them by name."""

from dataclasses import dataclass
from enum import StrEnum

from services.executor.sandbox import Sandbox


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


def open_sandbox(
    backend: Backend,
    environment: EnvironmentSpec,
    *,
    slot: int = 0,
    jail_memory_bytes: int = 4 * 2**30,
) -> Sandbox:
    """Build the sandbox; nothing starts before its ``start`` or first ``judge``.

    ``slot`` is unique among the workers of a machine: it picks the jail's host uids and its core.
    ``jail_memory_bytes`` caps everything in the jail together (cgroup).
    """
    # Backends import this module, and each is loaded only where it is used.
    from services.executor.sandbox.jail import Wall  # noqa: PLC0415
    from services.executor.sandbox.warm import WarmSandbox  # noqa: PLC0415

    wall: Wall
    if backend is Backend.NSJAIL:
        from services.executor.sandbox.nsjail import NsjailWall  # noqa: PLC0415

        wall = NsjailWall(environment, slot, jail_memory_bytes)
    elif backend is Backend.DOCKER:
        from services.executor.sandbox.docker import DockerWall  # noqa: PLC0415

        wall = DockerWall(environment, slot, jail_memory_bytes)
    else:
        from services.executor.sandbox.unsafe_process import UnsafeProcess  # noqa: PLC0415

        wall = UnsafeProcess(environment)
    return WarmSandbox(wall)
