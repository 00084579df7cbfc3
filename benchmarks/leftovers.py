"""What a stack leaves behind on this machine: processes, mounts, cgroups.

Works for this process's own descendants, however often they forked and detached: it becomes their reaper.
"""

import ctypes
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
_GRACE_S = 5.0  # processes that were killed need a moment to be gone


@dataclass(frozen=True, slots=True)
class Before:
    """The machine before a stack was started."""

    mounts: frozenset[str]
    cgroups: frozenset[str]
    children: frozenset[int]


def before() -> Before:
    """Take stock, and become the reaper of all descendants to come."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    return Before(_mounts(), _cgroups(), _children())


def found(earlier: Before) -> list[str]:
    """What is there now, in words, that was not there before and is ours; empty if nothing is."""
    give_up = time.monotonic() + _GRACE_S
    while (left := _left(earlier)) and time.monotonic() < give_up:
        time.sleep(0.1)
    return left


def _left(earlier: Before) -> list[str]:
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
