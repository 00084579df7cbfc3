"""Ends the processes that the service started when the service itself dies.

vLLM computes in processes of its own. They do not notice that the service was killed (SIGKILL, the kernel for lack of
memory, SIGTERM while the model is loaded), and keep the GPU's memory. So a small process, the guard, waits for the end
of the service, and then kills all processes that have the service's mark in their environment: those that it started
after ``start``, and their descendants.

Linux only (``pidfd_open``, ``/proc``). Not promised if the guard itself is killed first. The guard imports the standard
library alone.
"""

import os
import secrets
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

MARK = "ACECODER_RM_OWNER"
"""Environment variable with a random number, by which the guard finds the processes."""
_ROUNDS, _PAUSE_S = 20, 0.1
"""A process may start another one while it is being killed. So the search is repeated until it finds nothing."""


def start() -> "subprocess.Popen[bytes] | None":
    """Start the guard of this process, and mark the processes that this one starts from now on."""
    if not hasattr(os, "pidfd_open"):
        return None
    mark = secrets.token_hex(16)
    guard = subprocess.Popen(  # noqa: S603 - this file, by this interpreter
        [sys.executable, "-I", "-S", __file__, str(os.getpid()), mark],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C reaches the service and not its guard
    )
    os.environ[MARK] = mark
    # vLLM names its processes by setproctitle, which overwrites their environment unless this is set.
    os.environ["SPT_NOENV"] = "1"
    return guard


def watch(owner: int, mark: str) -> None:
    """Wait until the process ``owner`` has ended, and kill the marked processes."""
    try:
        descriptor = os.pidfd_open(owner)
    except ProcessLookupError:
        pass  # it ended before
    else:
        if os.getppid() == owner:
            select.select([descriptor], [], [])
    for _ in range(_ROUNDS):
        marked = _marked(mark)
        if not marked:
            return
        for process in marked:
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(_PAUSE_S)


def _marked(mark: str) -> list[int]:
    """Return the ids of the running processes with the mark."""
    entry = f"{MARK}={mark}".encode()
    marked = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            variables = (folder / "environ").read_bytes().split(b"\0")
        except OSError:  # it ended, or is another user's
            continue
        if entry in variables:
            marked.append(int(folder.name))
    return marked


if __name__ == "__main__":
    watch(int(sys.argv[1]), sys.argv[2])
