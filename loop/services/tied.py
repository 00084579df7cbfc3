"""Runs a command that ends when the process that started it ends, however that ends. Restarts it if it dies.

``python -m loop.services.tied RESTARTS COMMAND…`` reads its standard input until it is closed. The starter holds the
other end of that pipe, so that even SIGKILL of the starter closes it. The command then gets SIGTERM, and SIGKILL after
``STOP_S``, together with its process group. The command's output goes where this process's output goes.

A command that dies is started again, up to RESTARTS times, once the starter has written a byte into the pipe, which it
does when the service is healthy. One that dies sooner cannot start, and its exit status is passed on.
"""

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence

STOP_S = 20.0
"""Seconds between SIGTERM and SIGKILL: ``acecoder up`` gives its own processes 10 s."""
PAUSE_S = 1.0
"""Seconds before a restart, so that a fault that repeats itself does not take a core."""
_PR_SET_PDEATHSIG = 1
POLL_S = 0.1
"""How often the command is checked; it delays the end of a step by half of that on average."""


def main(arguments: Sequence[str]) -> int:
    """Run the command of ``arguments`` and return its exit status."""
    restarts, command = int(arguments[0]), list(arguments[1:])
    signal.signal(signal.SIGTERM, _stop)
    starter = Starter()
    while True:
        process = subprocess.Popen(  # noqa: S603 - the starter's command
            command,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - one thread
        )
        try:
            while process.poll() is None and not starter.has_ended:
                starter.wait(POLL_S)
        except KeyboardInterrupt:
            starter.has_ended = True
        finally:
            _end(process)
        if starter.has_ended:
            return 0
        if not restarts or not starter.wants_restarts:
            return _status(process.returncode)
        restarts -= 1
        print(f"{command[0]} ended with status {process.returncode}; starting it again", flush=True)
        time.sleep(PAUSE_S)


def _end_with_parent() -> None:
    """Have the kernel send SIGTERM to this process when its parent ends: SIGKILL of the parent ends it, too."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class Starter:
    """What the process that started this one has written into the pipe."""

    def __init__(self) -> None:
        self.has_ended = False
        self.wants_restarts = False

    def wait(self, seconds: float) -> None:
        """Wait for a byte or the end of the pipe."""
        readable, _, _ = select.select([sys.stdin.fileno()], [], [], seconds)
        if readable:
            received = os.read(sys.stdin.fileno(), 1)
            self.has_ended, self.wants_restarts = not received, True


def _stop(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the command and what it left in its process group."""
    if process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_S)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _status(returncode: int) -> int:
    """Return an exit status as a shell gives it: 128 + number for a signal."""
    return 128 - returncode if returncode < 0 else returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
