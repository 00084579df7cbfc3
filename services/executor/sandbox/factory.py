"""Builds a sandbox from the name of its backend."""

from services.executor.sandbox import Sandbox
from services.executor.sandbox.environment import BackendName, EnvironmentSpec
from services.executor.sandbox.jail import JailBackend
from services.executor.sandbox.scheduler.warm_sandbox import WarmSandbox


def open_sandbox(
    backend: BackendName,
    environment: EnvironmentSpec,
    *,
    slot: int = 0,
    jail_memory_bytes: int = 4 * 2**30,
) -> Sandbox:
    """Build the sandbox. Nothing is started before its ``start`` or its first ``judge``.

    ``slot`` is unique among the workers of a machine: it selects the jail's host user ids and its core.
    ``jail_memory_bytes`` limits all processes of the jail together (cgroup).
    """
    return WarmSandbox(_backend(backend, environment, slot, jail_memory_bytes))


def _backend(
    name: BackendName, environment: EnvironmentSpec, slot: int, jail_memory_bytes: int
) -> JailBackend:
    # Each backend is imported only where it is used: the Docker SDK alone takes half a second.
    if name is BackendName.NSJAIL:
        from services.executor.sandbox.backends.nsjail import NsjailBackend  # noqa: PLC0415

        return NsjailBackend(environment, slot, jail_memory_bytes)
    if name is BackendName.DOCKER:
        from services.executor.sandbox.backends.docker import DockerBackend  # noqa: PLC0415

        return DockerBackend(environment, slot, jail_memory_bytes)
    if name is BackendName.LANDLOCK:
        from services.executor.sandbox.backends.landlock import LandlockBackend  # noqa: PLC0415

        return LandlockBackend(environment)
    from services.executor.sandbox.backends.unsafe_process import UnsafeProcessBackend  # noqa: PLC0415

    return UnsafeProcessBackend(environment)
