"""Builds the sandbox of a backend by its name."""

from services.executor.sandbox import Sandbox
from services.executor.sandbox.environment import Backend, EnvironmentSpec
from services.executor.sandbox.jail import Wall
from services.executor.sandbox.scheduler.warm_sandbox import WarmSandbox


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
    # Each backend is loaded only where it is used: the Docker SDK alone takes half a second.
    wall: Wall
    if backend is Backend.NSJAIL:
        from services.executor.sandbox.backends.nsjail import NsjailWall  # noqa: PLC0415

        wall = NsjailWall(environment, slot, jail_memory_bytes)
    elif backend is Backend.DOCKER:
        from services.executor.sandbox.backends.docker import DockerWall  # noqa: PLC0415

        wall = DockerWall(environment, slot, jail_memory_bytes)
    else:
        from services.executor.sandbox.backends.unsafe_process import UnsafeProcess  # noqa: PLC0415

        wall = UnsafeProcess(environment)
    return WarmSandbox(wall)
