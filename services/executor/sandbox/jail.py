"""Starts a jail and sends it orders: one zygote behind one control socket. The backend decides how it is isolated.

The interpreter of a zygote gets the same flags, settings and environment from every backend (``zygote_arguments``).
Where the interpreter is, what it sees and what confines it differs from backend to backend.
"""

import json
import os
import socket
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import IO, Any, Protocol

from clients.contract import IsolationProfile
from services.executor.sandbox import SandboxFault, SandboxUnavailable
from services.executor.sandbox.environment import EnvironmentSpec

_START_S = 60.0
"""A cold start reads a Python and its packages from disk; seconds on a busy machine, never a minute."""
_STOP_S = 5.0
"""A zygote exits at once when its worker closes the control socket; on a busy machine, within seconds."""
_PING_S = 5.0
"""A zygote only forks and waits; one that does not answer for this long is dead or stuck."""
_READY_BYTES = 2**18
"""Above the largest message that a socket of this kind carries: the list of failed imports may be long."""
_LOG_CHARS = 600
"""The end of a jail's log: its last lines name the error."""


class JailProcess(Protocol):
    """The process or container that a zygote runs in."""

    def alive(self) -> bool:
        """Whether it still runs."""
        ...

    def stop(self) -> None:
        """Wait a moment for it to exit, then kill it. May be called twice."""
        ...


class JailBackend(Protocol):
    """One way of isolating a zygote from the host."""

    first_uid: int
    """The first of the user ids that sessions run under, as seen in the jail. Valid after ``launch``."""
    profile: IsolationProfile
    """How strongly it isolates. Valid after ``launch``."""
    profile_reason: str
    """Why the profile is not a better one, as the end of a sentence. Valid after ``launch``."""

    def launch(self, log: IO[bytes]) -> tuple[JailProcess, socket.socket]:
        """Start a zygote whose stderr is ``log``; return its process and its control socket.

        Raises:
            OSError, SandboxUnavailable: it cannot be started.
        """
        ...

    def clean_up(self) -> None:
        """Remove what the jail left on the host. Called after the jail has ended."""
        ...

    def explain(self, printed: str) -> str:
        """Return what to do about the log of a jail that did not start; empty if the cause is not known."""
        ...


def zygote_arguments(
    root: str,
    control: str,
    environment: EnvironmentSpec,
    paths: Sequence[str],
    *,
    isolated: bool,
    own_site: bool = False,
    host_view: dict[str, Any] | None = None,
) -> list[str]:
    """Return the command-line arguments of a zygote's interpreter; ``guest/zygote.py`` reads the settings.

    ``root`` is the directory that holds the package ``guest``. ``control`` is the control socket's path, or the number
    of its descriptor. Both are as the zygote sees them. ``isolated``: the zygote may make namespaces and must filter
    system calls. ``host_view``: the arguments of ``landlock.HostView``, for a zygote that must confine processes
    without namespaces. ``own_site``: the interpreter brings its own packages, as one in an image does.
    """
    settings = {
        "root": root,
        "paths": list(paths),
        "modules": list(environment.modules),
        "namespaces": isolated,
        "seccomp": isolated,
        "compiled": environment.compiled_forks,
        "host_view": host_view,
    }
    flags = ["-s", *([] if own_site else ["-S"]), "-P", "-B", "-W", "ignore"]
    return [*flags, f"{root}/guest/zygote.py", control, json.dumps(settings)]


class ChildProcess:
    """A zygote in a child process of the worker, or below one."""

    def __init__(self, popen: subprocess.Popen[bytes]) -> None:
        self._popen = popen

    def alive(self) -> bool:
        """Whether the child still runs."""
        return self._popen.poll() is None

    def stop(self) -> None:
        """Wait for the child to exit, which a zygote does when its control socket is closed; then kill its group."""
        try:
            self._popen.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(self._popen.pid, 9)
            self._popen.wait()


def spawn(
    command: Sequence[str], control_fd: str, log: IO[bytes], env: dict[str, str]
) -> tuple[ChildProcess, socket.socket]:
    """Start a child with one end of a new control socket; return the child and the other end.

    Where the command has the word ``control_fd``, it gets the number of the descriptor.
    """
    control, child_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with child_end:
        number = str(child_end.fileno())
        try:
            popen = subprocess.Popen(  # noqa: S603  -- our own command line
                [number if part == control_fd else part for part in command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                pass_fds=[child_end.fileno()],
                env=env,
                start_new_session=True,
            )
        except OSError:
            control.close()
            raise
    return ChildProcess(popen), control


class Jail:
    """One running zygote and the process it is isolated in. Thread-safe."""

    def __init__(self, backend: JailBackend) -> None:
        """Start the jail and wait until it is ready.

        Raises:
            SandboxUnavailable: it did not start; the message has the end of its log.
        """
        self._lock = threading.Lock()
        with tempfile.TemporaryFile() as log:
            try:
                self._process, self._control = backend.launch(log)
            except OSError as error:
                raise SandboxUnavailable(f"the jail cannot be started: {error}") from error
            self._await_ready(backend, log)

    def _await_ready(self, backend: JailBackend, log: IO[bytes]) -> None:
        self._control.settimeout(_START_S)
        try:
            ready: dict[str, Any] = json.loads(self._control.recv(_READY_BYTES))
        except (OSError, ValueError):  # a time-out, or the zygote exited
            self.stop()
            log.seek(0)
            printed = log.read().decode("utf-8", "replace").strip()
            reason = backend.explain(printed) or printed[-_LOG_CHARS:] or "it printed nothing"
            raise SandboxUnavailable(f"the jail did not start: {reason}") from None
        if ready["failed"]:
            self.stop()
            raise SandboxUnavailable(f"modules cannot be imported in the jail: {'; '.join(ready['failed'])}")
        self._control.settimeout(None)

    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.alive()

    def answers(self) -> bool:
        """Whether the zygote answers a ping. The process may outlive a dead zygote for a moment."""
        try:
            with self._lock:
                self._control.settimeout(_PING_S)
                self._control.send(b"{}")
                answer = self._control.recv(16)
                self._control.settimeout(None)
        except OSError:
            return False
        return answer == b"{}"

    def open_session(self, terms: dict[str, float]) -> tuple[socket.socket, socket.socket]:
        """Fork a session; return the control socket of its supervisor and the channel to its checker.

        Raises:
            SandboxFault: the zygote is gone.
        """
        control, supervisor_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        channel, checker_end = socket.socketpair()
        try:
            with self._lock:
                socket.send_fds(
                    self._control,
                    [json.dumps(terms).encode()],
                    [supervisor_end.fileno(), checker_end.fileno()],
                )
        except OSError as error:
            control.close()
            channel.close()
            raise SandboxFault(f"the jail's parent process is gone: {error}") from error
        finally:
            supervisor_end.close()
            checker_end.close()
        return control, channel

    def stop(self) -> None:
        """End the jail and everything in it. May be called twice."""
        self._control.close()  # the zygote exits when this closes, and its namespaces end with it
        self._process.stop()
