"""Ends a process of the local stack when the process that started it ends, even if that one is killed."""

import ctypes
import os
import signal

PARENT = "ACECODER_PARENT_PID"
"""Environment variable with the pid of the local stack; ``local/stack.py`` sets it for the processes it starts."""
WORKER_NAME = "ACECODER_WORKER_NAME"
"""Environment variable with the name of a worker. The local stack sets it, so that it knows the name of a worker that
died. Every start needs another name."""
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def end_with_parent() -> None:
    """Have the kernel send SIGTERM to this process when the thread that started it ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def follow_parent() -> None:
    """Call ``end_with_parent`` if a local stack started this process; exit at once if that stack is gone already."""
    parent_pid = os.environ.get(PARENT)
    if parent_pid is None:
        return
    end_with_parent()
    if os.getppid() != int(parent_pid):
        os._exit(0)
