"""Finds the processes, mounts and cgroups that a stack leaves behind on this machine.

This process becomes the reaper of its descendants, so that it finds them even if they forked and detached.
"""

import ctypes
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
_GRACE_S = 5.0  # a killed process needs a moment to disappear


@dataclass(frozen=True, slots=True)
class MachineState:
    """The mounts, cgroups and child processes at one moment."""

    mounts: frozenset[str]
    cgroups: frozenset[str]
    children: frozenset[int]


def record() -> MachineState:
    """Return the state of the machine before a stack starts, and become the reaper of later descendants."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    return MachineState(_mounts(), _cgroups(), _children())


def find(earlier: MachineState) -> list[str]:
    """Return a description of each process, mount and cgroup of ours that is new since ``earlier``."""
    deadline = time.monotonic() + _GRACE_S
    while (left := _left(earlier)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


def _left(earlier: MachineState) -> list[str]:
    _reap()
    return (
        [f"process {pid} ({_command(pid)})" for pid in sorted(_children() - earlier.children)]
        + [f"mount {place}" for place in sorted(_mounts() - earlier.mounts)]
        + [f"cgroup {place}" for place in sorted(_cgroups() - earlier.cgroups)]
    )


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass
    except ChildProcessError:
        return


def _children() -> frozenset[int]:
    text = "".join(path.read_text() for path in Path("/proc/self/task").glob("*/children"))
    return frozenset(map(int, text.split()))


def _mounts() -> frozenset[str]:
    return frozenset(line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines())


def _cgroups() -> frozenset[str]:
    ours = re.compile(r"nsjail|acecoder", re.IGNORECASE)
    return frozenset(path for path, _, _ in os.walk("/sys/fs/cgroup") if ours.search(path))


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")[:80]
    except OSError:
        return "gone"
