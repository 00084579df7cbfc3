"""A started jail: one zygote behind one socket. What the wall is made of is the backend's."""

import json
import os
import socket
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import IO, Any, Protocol

from services.executor.sandbox import SandboxFault, SandboxUnavailable

_START_S = 60.0
"""A cold start reads a Python and its packages from disk; seconds on a busy machine, never a minute."""
_STOP_S = 5.0
"""A zygote leaves at once when its worker hangs up; on a busy machine, in seconds."""
_PING_S = 5.0
"""A zygote only forks and waits; one that is silent for so long is as good as gone."""
_READY_BYTES = 2**18
"""Above the largest message a socket of this kind carries: what a zygote could not import may be long."""
_LOG_CHARS = 600
"""Of what a jail printed: its last lines, which name the error."""


class Process(Protocol):
    """What holds a zygote: a child process, or a container."""

    def alive(self) -> bool:
        """Whether it still runs."""
        ...

    def stop(self) -> None:
        """Wait a moment for it to leave, then end it. May be called twice."""
        ...


class Wall(Protocol):
    """How a backend starts a zygote."""

    first_uid: int
    """The first of the uids sessions run under, as the jail counts them."""

    def launch(self, log: IO[bytes]) -> tuple[Process, socket.socket]:
        """Start one with this stderr; return what holds it and its control socket.

        Raises:
            OSError, SandboxUnavailable: it cannot be started.
        """
        ...

    def tidy(self) -> None:
        """Remove what the jail left on the host; called when it has ended."""
        ...

    def explain(self, printed: str) -> str:
        """Say what to do about what was printed when the jail did not start; empty if that is not known."""
        ...


class Child:
    """A zygote in a child process, or below one."""

    def __init__(self, popen: subprocess.Popen[bytes]) -> None:
        self._popen = popen

    def alive(self) -> bool:
        """Whether it still runs."""
        return self._popen.poll() is None

    def stop(self) -> None:
        """Wait for it to leave, as a zygote does when its worker hangs up; then kill its group."""
        try:
            self._popen.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(self._popen.pid, 9)
            self._popen.wait()


def spawn(
    command: Sequence[str], control_fd: str, log: IO[bytes], env: dict[str, str]
) -> tuple[Child, socket.socket]:
    """Start a child that finds its control socket at the descriptor whose number replaces ``control_fd``."""
    control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        number = str(theirs.fileno())
        try:
            popen = subprocess.Popen(  # noqa: S603  -- our own command line
                [number if part == control_fd else part for part in command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                pass_fds=[theirs.fileno()],
                env=env,
                start_new_session=True,
            )
        except OSError:
            control.close()
            raise
    return Child(popen), control


class Jail:
    """One running zygote and its wall."""

    def __init__(self, wall: Wall) -> None:
        """Start it.

        Raises:
            SandboxUnavailable: it did not come up; the message carries what it printed.
        """
        self._lock = threading.Lock()
        with tempfile.TemporaryFile() as log:
            try:
                self._process, self._control = wall.launch(log)
            except OSError as error:
                raise SandboxUnavailable(f"the jail cannot be started: {error}") from error
            self._await_ready(wall, log)

    def _await_ready(self, wall: Wall, log: IO[bytes]) -> None:
        self._control.settimeout(_START_S)
        try:
            ready: dict[str, Any] = json.loads(self._control.recv(_READY_BYTES))
        except (OSError, ValueError):  # silence, or the end of it
            self.stop()
            log.seek(0)
            printed = log.read().decode("utf-8", "replace").strip()
            why = wall.explain(printed) or printed[-_LOG_CHARS:] or "it printed nothing"
            raise SandboxUnavailable(f"the jail did not start: {why}") from None
        if ready["failed"]:
            self.stop()
            raise SandboxUnavailable(f"modules cannot be imported in the jail: {'; '.join(ready['failed'])}")
        self._control.settimeout(None)

    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.alive()

    def answers(self) -> bool:
        """Whether the zygote does: a process whose zygote has died may take a moment to end."""
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
        """Fork a session; return its leash and the channel to its checker.

        Raises:
            SandboxFault: the zygote is gone.
        """
        leash, their_leash = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        channel, their_channel = socket.socketpair()
        try:
            with self._lock:
                socket.send_fds(
                    self._control,
                    [json.dumps(terms).encode()],
                    [their_leash.fileno(), their_channel.fileno()],
                )
        except OSError as error:
            leash.close()
            channel.close()
            raise SandboxFault(f"the jail's parent process is gone: {error}") from error
        finally:
            their_leash.close()
            their_channel.close()
        return leash, channel

    def stop(self) -> None:
        """End the jail and everything in it. May be called twice."""
        self._control.close()  # the zygote leaves when its worker hangs up, and its namespaces with it
        self._process.stop()
