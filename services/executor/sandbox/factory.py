"""Builds a sandbox from the name of its backend."""

from dataclasses import replace

from services.executor.sandbox import Sandbox
from services.executor.sandbox.environment import BackendName, EnvironmentSpec
from services.executor.sandbox.jail import JailBackend
from services.executor.sandbox.scheduler.warm_sandbox import WarmSandbox

COMPILED_FORKS_FROM_BYTES = 2**30
"""Jails with less memory fork by Python. Compiled forks hold each session's objects in huge pages of its own, which it
else shares with the zygote: 6 MiB a session, 14 with pandas, and there may be 64 sessions."""


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
    if jail_memory_bytes < COMPILED_FORKS_FROM_BYTES:
        environment = replace(environment, compiled_forks=False)
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
