"""The wall where only a Docker daemon is to be had: one container per worker, the same guest inside.

The container has no network, a read-only root, no host environment and caps on memory and processes; the zygote
in it keeps the few capabilities it needs to give each program namespaces, a uid and a system-call filter of its own.
Differences from nsjail: the container's root is the host's root unless the daemon remaps users, and runtimes that do
not share the host's kernel (gVisor, Kata) cannot be used, since descriptors are handed across the wall.
"""

import json
import socket
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import docker
from docker.errors import DockerException
from docker.types import Mount

from services.executor.sandbox import SandboxUnavailable
from services.executor.sandbox.backends import EnvironmentSpec
from services.executor.sandbox.pythons import GUEST

IMAGE = "python:3.11-slim"
"""Used when an environment names no image. An environment's ``python`` names another, with its modules in it."""
_FIRST_UID = 1_900_000_000
_UIDS = 1024
_CONNECT_S = 60.0
"""A container starts in a second; pulling its image is the operator's to do beforehand."""
_INSIDE = "/acecoder"


class Container:
    """A zygote in a container."""

    def __init__(self, container: Any) -> None:  # noqa: ANN401  -- the SDK has no types
        self._container = container

    def alive(self) -> bool:
        """Whether the container runs."""
        try:
            self._container.reload()
        except DockerException:
            return False
        return bool(self._container.status == "running")

    def stop(self) -> None:
        """Remove the container."""
        with suppress(DockerException):
            self._container.remove(force=True)


class DockerWall:
    """How to start one worker's containers."""

    def __init__(self, environment: EnvironmentSpec, slot: int, memory_bytes: int) -> None:
        self._environment = environment
        self._memory_bytes = memory_bytes
        self.first_uid = _FIRST_UID + slot * _UIDS
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def launch(self, log: IO[bytes]) -> tuple[Container, socket.socket]:
        """Run the container and wait for its zygote to connect."""
        try:
            client = docker.from_env()
        except DockerException as error:
            raise SandboxUnavailable(
                f"no Docker daemon answers ({error}): start it, or set DOCKER_HOST, or use the nsjail backend"
            ) from error
        self._folder = tempfile.TemporaryDirectory(prefix="acecoder-docker-")
        path = Path(self._folder.name, "control")
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
            listener.bind(str(path))
            listener.listen(1)
            listener.settimeout(_CONNECT_S)
            container = self._run(client)
            try:
                control, _address = listener.accept()
            except TimeoutError as error:
                log.write(container.logs(tail=20))
                container.remove(force=True)
                raise SandboxUnavailable(
                    "the container's zygote did not connect; see the worker's log"
                ) from error
        control.setblocking(True)
        return Container(container), control

    def _run(self, client: Any) -> Any:  # noqa: ANN401  -- the SDK has no types
        config = {
            "root": _INSIDE,
            "paths": list(self._environment.paths),
            "modules": list(self._environment.modules),
            "namespaces": True,
            "seccomp": True,
        }
        folder = self._folder.name if self._folder else ""
        try:
            return client.containers.run(
                self._environment.python or IMAGE,
                [
                    "-s",
                    "-P",
                    "-B",
                    "-W",
                    "ignore",
                    f"{_INSIDE}/guest/zygote.py",
                    "/control/control",
                    json.dumps(config),
                ],
                entrypoint="python3",
                environment={"PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8", "TZ": "UTC"},
                mounts=[
                    Mount(f"{_INSIDE}/guest", str(GUEST), type="bind", read_only=True),
                    Mount("/control", folder, type="bind"),
                ],
                tmpfs={"/tmp": "mode=1777"},  # noqa: S108
                network_mode="none",
                read_only=True,
                cap_drop=["ALL"],
                cap_add=["SYS_ADMIN", "SYS_CHROOT", "SETUID", "SETGID", "KILL"],
                # Docker's own filter forbids the namespaces each program gets; ours, stricter, is set inside.
                security_opt=["seccomp=unconfined", "apparmor=unconfined", "no-new-privileges"],
                mem_limit=self._memory_bytes,
                memswap_limit=self._memory_bytes,
                pids_limit=4096,
                ipc_mode="private",
                detach=True,
                labels={"acecoder": "jail"},
            )
        except DockerException as error:
            raise SandboxUnavailable(f"the container cannot be started: {error}") from error

    def tidy(self) -> None:
        """Remove the control socket's folder."""
        if self._folder:
            self._folder.cleanup()
            self._folder = None
