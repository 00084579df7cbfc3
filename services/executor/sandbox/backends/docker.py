"""The wall where only a Docker daemon is to be had: one container per worker, the same guest inside.

The container has no network, a read-only root, no host environment and caps on memory and processes; the zygote
in it keeps the few capabilities it needs to give each program namespaces, a uid and a system-call filter of its own.
Differences from nsjail: the container's root is the host's root unless the daemon remaps users, and runtimes that do
not share the host's kernel (gVisor, Kata) cannot be used, since descriptors are handed across the wall.

Not promised: that a daemon grants all this. The tests that ask one are skipped where there is none.
"""

import socket
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import docker
from docker.errors import DockerException
from docker.types import Mount

from services.executor.sandbox import SandboxUnavailable
from services.executor.sandbox.backends.mounts import GUEST
from services.executor.sandbox.backends.privileges import FIRST_HOST_ID, IDS
from services.executor.sandbox.environment import EnvironmentSpec
from services.executor.sandbox.zygote_command import ENVIRONMENT, zygote_arguments

IMAGE = "python:3.11-slim"
"""Used when an environment names no image: the standard library alone. An environment's ``python`` names another."""
_CONNECT_S = 60.0
"""A container starts in a second; pulling its image is the operator's to do beforehand."""
_LOOK_S = 0.5
"""How often it is looked, meanwhile, whether the container has ended instead."""
_LOG_CHARS = 600
"""Of what a container printed: its last lines, which name the error."""
_INSIDE = "/acecoder"
_FAILURES = (DockerException, OSError)
"""The SDK lets the errors of its HTTP library through, which are OSErrors."""


class Container:
    """A zygote in a container, and the connection to the daemon that runs it."""

    def __init__(self, container: Any, client: Any) -> None:  # noqa: ANN401  -- the SDK has no types
        self._container = container
        self._client = client

    def alive(self) -> bool:
        """Whether the container runs."""
        try:
            self._container.reload()
        except _FAILURES:
            return False
        return bool(self._container.status == "running")

    def last_words(self) -> bytes:
        """What it printed."""
        try:
            return bytes(self._container.logs(tail=20))
        except _FAILURES:
            return b""

    def stop(self) -> None:
        """Remove the container and hang up."""
        with suppress(*_FAILURES):
            self._container.remove(force=True)
        self._client.close()


class DockerWall:
    """How to start one worker's containers."""

    def __init__(self, environment: EnvironmentSpec, slot: int, memory_bytes: int) -> None:
        self._environment = environment
        self._memory_bytes = memory_bytes
        self.first_uid = FIRST_HOST_ID + slot * IDS
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def launch(self, log: IO[bytes]) -> tuple[Container, socket.socket]:
        """Run the container and wait for its zygote to connect."""
        self._check_image()
        try:
            client = docker.from_env()
        except _FAILURES as error:
            raise SandboxUnavailable(
                f"no Docker daemon answers ({error}): start it, or set DOCKER_HOST, or use the nsjail backend"
            ) from error
        control = self._control_folder()
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
            listener.bind(str(control / "control"))
            (control / "control").chmod(0o777)
            listener.listen(1)
            container = self._start(client, control)
            try:
                connection = _accept(listener, container)
            except TimeoutError as error:
                log.write(container.last_words())
                container.stop()
                raise SandboxUnavailable(
                    f"the container's zygote did not connect: {_shown(log) or 'it printed nothing'}"
                ) from error
        connection.setblocking(True)
        return container, connection

    def _check_image(self) -> None:
        """Say at once what the default image cannot have: what is installed here is not in it."""
        environment = self._environment
        wanted = [
            name for name in environment.modules if name.partition(".")[0] not in sys.stdlib_module_names
        ]
        if wanted and not environment.python and not environment.paths:
            raise SandboxUnavailable(
                f"environment {environment.name!r} needs {', '.join(wanted)}, which {IMAGE} has not: build an image "
                f"with them and name it as the environment's 'python' in EXECUTOR_ENVIRONMENTS"
            )

    def _control_folder(self) -> Path:
        """Make the folder that the container sees: open to a daemon's remapped users, in one closed to ours."""
        self._folder = tempfile.TemporaryDirectory(prefix="acecoder-docker-")
        control = Path(self._folder.name, "shared")
        control.mkdir()
        control.chmod(0o777)
        return control

    def _start(self, client: Any, control: Path) -> Container:  # noqa: ANN401  -- the SDK has no types
        try:
            return Container(self._run(client, control), client)
        except _FAILURES as error:
            client.close()
            raise SandboxUnavailable(f"the container cannot be started: {error}") from error

    def _run(self, client: Any, control: Path) -> Any:  # noqa: ANN401  -- the SDK has no types
        paths = {path: f"{_INSIDE}/path{n}" for n, path in enumerate(self._environment.paths)}
        inside = list(paths.values())
        arguments = zygote_arguments(
            _INSIDE, "/control/control", self._environment, inside, walled=True, own_site=True
        )
        return client.containers.run(
            self._environment.python or IMAGE,
            arguments,
            entrypoint="python3",
            environment=ENVIRONMENT,
            mounts=[
                Mount(f"{_INSIDE}/guest", str(GUEST), type="bind", read_only=True),
                Mount("/control", str(control), type="bind"),
                *(Mount(target, path, type="bind", read_only=True) for path, target in paths.items()),
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

    def tidy(self) -> None:
        """Remove the control socket's folder."""
        if self._folder:
            self._folder.cleanup()
            self._folder = None

    def explain(self, printed: str) -> str:  # noqa: ARG002 - the walls' common signature
        """Nothing more is known than what the zygote printed."""
        return ""


def _accept(listener: socket.socket, container: Container) -> socket.socket:
    """Wait for the zygote. Raises ``TimeoutError`` when it is late, or the container has ended."""
    gives_up_at = time.monotonic() + _CONNECT_S
    listener.settimeout(_LOOK_S)
    while True:
        try:
            return listener.accept()[0]
        except TimeoutError:
            if time.monotonic() > gives_up_at or not container.alive():
                raise


def _shown(log: IO[bytes]) -> str:
    log.seek(0)
    return log.read().decode("utf-8", "replace").strip()[-_LOG_CHARS:]
