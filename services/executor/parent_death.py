"""A process of the local stack ends with the process that started it, even if that one is killed."""

import ctypes
import os
import signal

PARENT = "ACECODER_PARENT_PID"
"""Set by ``stack`` for the processes it starts."""
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def end_with_parent() -> None:
    """Ask the kernel for SIGTERM when the thread that started this process ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def follow_parent() -> None:
    """Do so if a local stack started this process; end at once if it is gone already."""
    parent = os.environ.get(PARENT)
    if parent is None:
        return
    end_with_parent()
    if os.getppid() != int(parent):
        os._exit(0)
