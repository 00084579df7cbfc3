"""Starts a command that is tied to this process, waits until it is healthy, and stops it.

The output of a service goes to a log file; its last lines are in the error if it does not start.
"""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Self

ROOT = Path(__file__).resolve().parents[2]
"""Folder that has the packages ``loop``, ``clients`` and ``services``."""
READY_S = 300.0
"""Longest start of a service. The executor checks its jails, and a model is loaded: seconds on an idle machine. A
service that dies at its start is noticed at once; this ends only a start that hangs."""
LAST_LINES = 12
"""Lines of a log in an error: a traceback's end, or a message."""
_POLL_S = 0.1


class ServiceError(Exception):
    """A service does not start or has ended; the message has the last lines of its log."""


def tied_command(command: Sequence[str], *, restarts: int = 0) -> list[str]:
    """Return a command line that ends with the process that starts it; see ``tied``."""
    return [sys.executable, "-P", "-m", "loop.services.tied", str(restarts), *command]


def python_command(module: str, *arguments: str) -> list[str]:
    """Return the command line of one of our modules. -P: a folder in the way has no effect on what is imported."""
    return [sys.executable, "-P", "-m", module, *arguments]


def environment(variables: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return this process's environment with ``variables``, in which our packages can be imported."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    return {**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1", **(variables or {})}


def start_tied(
    command: Sequence[str],
    output: int | IO[bytes],
    *,
    variables: Mapping[str, str] | None = None,
    restarts: int = 0,
) -> subprocess.Popen[bytes]:
    """Start a command that ends with this process; ``output`` gets what it prints."""
    return subprocess.Popen(  # noqa: S603 - our own modules
        tied_command(command, restarts=restarts),
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=environment(variables),
        start_new_session=True,  # Ctrl-C goes to the loop alone, which stops its processes in order
    )


def stop_tied(process: subprocess.Popen[bytes]) -> None:
    """End a command that ``start_tied`` started, and wait for its end."""
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
    process.wait()


def allow_restarts(process: subprocess.Popen[bytes]) -> None:
    """Have a tied command started again if it dies from now on."""
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError):  # it has just ended; the caller notices by its status
        process.stdin.write(b"r")
        process.stdin.flush()


def free_port() -> int:
    """Return a port of loopback on which nothing listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def last_lines(path: Path, count: int = LAST_LINES) -> str:
    """Return the last lines of a log; empty if there is none."""
    if not path.exists():
        return ""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(lines[-count:])


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    """How a service is started."""

    name: str
    """Its name in messages, and of its log."""
    command: Sequence[str]
    """Command line; ``{port}`` is replaced by the port."""
    health: str
    """Path that answers 200 when the service is ready."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Further environment variables."""
    suffix: str = ""
    """End of the address that clients use: ``/v1`` for an OpenAI API."""


class ServiceProcess:
    """One service, as a context manager; ``url`` is its address."""

    RESTARTS = 10
    """Deaths after which a service is not started again: a fault that repeats itself costs minutes, not hours."""

    def __init__(self, spec: ServiceSpec, log: Path) -> None:
        self._spec, self._log = spec, log
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"http://127.0.0.1:{self._port}{spec.suffix}"

    def __enter__(self) -> Self:
        self.start()
        try:
            self.wait_until_healthy()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the process; it is not healthy yet."""
        self._log.parent.mkdir(parents=True, exist_ok=True)
        command = [part.replace("{port}", str(self._port)) for part in self._spec.command]
        with self._log.open("ab") as output:
            self._process = start_tied(
                command, output, variables=self._spec.variables, restarts=self.RESTARTS
            )

    def wait_until_healthy(self) -> None:
        """Wait until the service answers its health check.

        Raises:
            ServiceError: it has ended, or is not healthy after ``READY_S``.
        """
        assert self._process is not None
        gives_up_at = time.monotonic() + READY_S
        while not self._is_healthy():
            if (status := self._process.poll()) is not None:
                raise self._error(f"ended with status {status} at its start")
            if time.monotonic() > gives_up_at:
                raise self._error(f"is not healthy after {READY_S:.0f} s")
            time.sleep(_POLL_S)
        allow_restarts(self._process)

    def check_alive(self) -> None:
        """Check that the service has not ended for good.

        Raises:
            ServiceError: it has.
        """
        if self._process is not None and (status := self._process.poll()) is not None:
            raise self._error(f"ended with status {status}")

    def stop(self) -> None:
        """Stop the process and all that it started."""
        if self._process is not None:
            stop_tied(self._process)
            self._process = None

    def _is_healthy(self) -> bool:
        address = f"http://127.0.0.1:{self._port}{self._spec.health}"
        try:
            with urllib.request.urlopen(address, timeout=2) as response:
                return bool(response.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _error(self, reason: str) -> ServiceError:
        return ServiceError(
            f"the service {self._spec.name} {reason}; the last lines of {self._log}:\n{last_lines(self._log)}"
        )
