"""Isolates a zygote in a Docker container, for hosts that offer only a Docker daemon: one container per jail.

The container has no network, a read-only root, no environment variables of the host, and limits on memory and
processes. Its first process leaves the image for a root directory with Python alone (``container_root``). The zygote
keeps the few capabilities that it needs to give each program its own namespaces, user id and system-call filter.
Differences from nsjail: the container's root is the host's root unless the daemon remaps users. The daemon mounts paths
of the machine that it runs on, so the worker must run on that machine and outside of containers. Runtimes with a kernel
of their own (gVisor, Kata) cannot be used, since descriptors are passed into the container.

Not promised: that a daemon grants all this. Tests that need a daemon are skipped where there is none.
"""

import json
import shutil
import socket
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import docker
from docker.errors import DockerException, ImageNotFound
from docker.types import Mount

from clients.contract import IsolationProfile
from services.executor.sandbox import SandboxUnavailable
from services.executor.sandbox.backends.container_root import FD_WORD
from services.executor.sandbox.backends.mounts import GUEST, check_paths
from services.executor.sandbox.backends.owners import is_owner_gone, owner_label
from services.executor.sandbox.backends.privileges import FIRST_HOST_ID, IDS
from services.executor.sandbox.environment import EnvironmentSpec
from services.executor.sandbox.jail import zygote_arguments

IMAGE = "python:3.11-slim"
"""The image of environments that name none in ``python``. It has the standard library alone."""
_CONNECT_S = 60.0
"""A container starts within a second. The operator has to pull the image beforehand."""
_POLL_S = 0.5
"""How often, while it starts, the container is checked for having ended."""
_LOG_CHARS = 600
"""The end of a container's log: its last lines name the error."""
_FOLDER = "acecoder-docker-"
"""Prefix of the folders of control sockets, before the mark of the worker."""
_OWNER = "acecoder.owner"
"""Label of a container with the mark of its worker."""
_INSIDE = "/acecoder"
_ROOT_SCRIPT = Path(__file__).parent / "container_root.py"
_FAILURES = (DockerException, OSError)
"""The SDK raises the errors of its HTTP library unchanged; they are OSErrors."""


class DockerContainer:
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

    def log_tail(self) -> bytes:
        """Return the last lines that it printed; nothing if the daemon fails."""
        try:
            return bytes(self._container.logs(tail=20))
        except _FAILURES:
            return b""

    def stop(self) -> None:
        """Remove the container and close the connection to the daemon."""
        with suppress(*_FAILURES):
            self._container.remove(force=True)
        self._client.close()


class DockerBackend:
    """Starts the containers of one worker, and cleans up after them."""

    def __init__(self, environment: EnvironmentSpec, slot: int, memory_bytes: int) -> None:
        self._environment = environment
        self._memory_bytes = memory_bytes
        self.first_uid = FIRST_HOST_ID + slot * IDS
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self.profile = IsolationProfile.B
        self.profile_reason = "the container's root is the host's: the daemon does not remap users"

    def launch(self, log: IO[bytes]) -> tuple[DockerContainer, socket.socket]:
        """Run the container and wait for its zygote to connect."""
        check_paths(self._environment)
        self._check_image()
        try:
            client = docker.from_env()
        except _FAILURES as error:
            raise SandboxUnavailable(
                f"no Docker daemon answers ({error}): start it, or set DOCKER_HOST, or use the nsjail backend"
            ) from error
        _sweep(client)
        control = self._control_folder()
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
            listener.bind(str(control / "control"))
            (control / "control").chmod(0o777)
            listener.listen(1)
            container = self._start(client, control)
            try:
                connection = _accept(listener, container)
            except TimeoutError as error:
                log.write(container.log_tail())
                container.stop()
                raise SandboxUnavailable(
                    f"the container's zygote did not connect: {_tail_of(log) or 'it printed nothing'}"
                ) from error
        connection.setblocking(True)
        return container, connection

    def _check_image(self) -> None:
        """Refuse an environment whose modules the default image lacks. What is installed on the host is not in it.

        Raises:
            SandboxUnavailable: with the modules and what to do.
        """
        environment = self._environment
        missing = [
            name for name in environment.modules if name.partition(".")[0] not in sys.stdlib_module_names
        ]
        if missing and not environment.python and not environment.paths:
            raise SandboxUnavailable(
                f"environment {environment.name!r} needs {', '.join(missing)}, which {IMAGE} does not have: build "
                f"an image with them and name it as the environment's 'python' in EXECUTOR_ENVIRONMENTS"
            )

    def _control_folder(self) -> Path:
        """Make the folder that is mounted into the container.

        Any user may enter it, since the daemon may remap users; it lies in a folder that only this user may enter.
        """
        self._folder = tempfile.TemporaryDirectory(prefix=f"{_FOLDER}{owner_label()}-")
        control = Path(self._folder.name, "shared")
        control.mkdir()
        control.chmod(0o777)
        return control

    def _start(self, client: Any, control: Path) -> DockerContainer:  # noqa: ANN401  -- the SDK has no types
        try:
            client.images.get(self._environment.python or IMAGE)  # `run` would try to pull it
            if "name=userns" in client.info().get("SecurityOptions", []):
                self.profile = IsolationProfile.C
                self.profile_reason = "the docker backend makes no user namespace for its jails"
            return DockerContainer(self._run(client, control), client)
        except ImageNotFound as error:
            client.close()
            image = self._environment.python or IMAGE
            raise SandboxUnavailable(
                f"the Docker daemon has no image {image!r} for environment {self._environment.name!r}: run 'docker "
                f"pull {image}', or build it, or name another one as the environment's 'python'"
            ) from error
        except _FAILURES as error:
            client.close()
            raise SandboxUnavailable(
                f"the container cannot be started: {error}{_advice(str(error))}"
            ) from error

    def _run(self, client: Any, control: Path) -> Any:  # noqa: ANN401  -- the SDK has no types
        paths = {path: f"{_INSIDE}/path{n}" for n, path in enumerate(self._environment.paths)}
        inside = list(paths.values())
        settings = {
            "paths": {path: path for path in inside},
            "variables": self._environment.variables,
            "commands": self._environment.commands,
        }
        zygote = zygote_arguments(_INSIDE, FD_WORD, self._environment, inside, isolated=True, own_site=True)
        script = f"{_INSIDE}/container_root.py"
        return client.containers.run(
            self._environment.python or IMAGE,
            ["-I", "-S", script, "/control/control", json.dumps(settings), *zygote],
            entrypoint="python3",
            hostname="jail",
            mounts=[
                Mount(f"{_INSIDE}/guest", str(GUEST), type="bind", read_only=True),
                Mount(script, str(_ROOT_SCRIPT), type="bind", read_only=True),
                Mount("/control", str(control), type="bind"),
                *(Mount(target, path, type="bind", read_only=True) for path, target in paths.items()),
            ],
            tmpfs={"/tmp": "mode=1777"},  # noqa: S108
            network_mode="none",
            read_only=True,
            cap_drop=["ALL"],
            cap_add=["SYS_ADMIN", "SYS_CHROOT", "SETUID", "SETGID", "KILL"],
            # Docker's own filter forbids the mounts and namespaces of the jail. Programs get a stricter one of ours.
            security_opt=["seccomp=unconfined", "apparmor=unconfined", "no-new-privileges"],
            mem_limit=self._memory_bytes,
            memswap_limit=self._memory_bytes,
            pids_limit=4096,
            ipc_mode="private",
            detach=True,
            labels={"acecoder": "jail", _OWNER: owner_label()},
        )

    def clean_up(self) -> None:
        """Remove the folder of the control socket."""
        if self._folder:
            self._folder.cleanup()
            self._folder = None

    def explain(self, printed: str) -> str:  # noqa: ARG002 - the backends' common signature
        """Return nothing: the log of the zygote is the explanation."""
        return ""


def _accept(listener: socket.socket, container: DockerContainer) -> socket.socket:
    """Wait until the zygote connects. Raises ``TimeoutError`` if it is late or the container has ended."""
    gives_up_at = time.monotonic() + _CONNECT_S
    listener.settimeout(_POLL_S)
    while True:
        try:
            return listener.accept()[0]
        except TimeoutError:
            if time.monotonic() > gives_up_at or not container.alive():
                raise


def _sweep(client: Any) -> None:  # noqa: ANN401  -- the SDK has no types
    """Remove what killed workers of this machine have left: containers, which end with them, and folders."""
    with suppress(*_FAILURES):
        for container in client.containers.list(all=True, filters={"label": ["acecoder=jail", _OWNER]}):
            if is_owner_gone(container.labels[_OWNER]):
                container.remove(force=True)
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDER}*"):
        if is_owner_gone(folder.name.removeprefix(_FOLDER)):
            shutil.rmtree(folder, ignore_errors=True)


def _advice(error: str) -> str:
    """Return what to do if the daemon does not find the files of this process, as in another container or machine."""
    if "bind source path does not exist" not in error:
        return ""
    return (
        "; the daemon mounts files of its own machine, so a worker in a container cannot use it through docker.sock: "
        "use the nsjail backend there, or run the worker on the daemon's machine"
    )


def _tail_of(log: IO[bytes]) -> str:
    log.seek(0)
    return log.read().decode("utf-8", "replace").strip()[-_LOG_CHARS:]
