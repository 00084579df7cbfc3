"""Whether a process wants the CPU and has to wait for its turn: what tells a busy machine from a program that sleeps.

The kernel keeps account of it per thread. The jail has no ``/proc``; checkers alone are given a way to it, as a
descriptor, or open it themselves where there is no wall. Where there is none, nobody is ever found waiting, and on a
machine with some fifty processes a core a program that computes may be taken for one that sleeps.
"""

import os
from contextlib import suppress

PROC = 127
"""The descriptor of ``/proc`` in a checker: the highest a confined process may have (``confine``), and above those that
``warden`` closes there."""
_NANOSECONDS = 1e-9  # the kernel's unit, in seconds


class Turns:
    """What one process's threads waited for."""

    def __init__(self, pid: int) -> None:
        self._directory = _directory()
        self._folder = self._folder_of(pid) if self._directory >= 0 else ""
        self._seen_s: dict[str, float] = {}

    def _folder_of(self, pid: int) -> str:
        """Return what a process is called in a ``/proc`` of another pid namespace; empty if it cannot be told."""
        with suppress(OSError, ValueError, IndexError):
            handle = os.pidfd_open(pid)
            try:
                told = self._read(f"self/fdinfo/{handle}")
            finally:
                os.close(handle)
            number = int(told.split("\nPid:")[1].split()[0])
            return str(number) if number > 0 else ""
        return ""

    def waited_s(self) -> float | None:
        """Return the most seconds a thread waited for a turn since this was asked last; infinite if one does now;
        ``None`` where that cannot be told.

        The most, not the sum: threads that wake together wait for each other. Nothing while it has processes of its
        own: it could wait for those for ever, and have them compute what it may not.
        """
        if not self._folder:
            return None
        longest_s = 0.0
        with suppress(OSError, ValueError, IndexError):
            threads = self._threads()
            if any(map(self._has_children, threads)):
                return 0.0
            for thread in threads:
                if self._read(f"{thread}/stat").rpartition(")")[2].split()[0] == "R":
                    longest_s = float("inf")
                waited_s = int(self._read(f"{thread}/schedstat").split()[1]) * _NANOSECONDS
                longest_s = max(longest_s, waited_s - self._seen_s.get(thread, 0.0))
                self._seen_s[thread] = waited_s
        return longest_s

    def _has_children(self, thread: str) -> bool:
        with suppress(OSError):  # a kernel that does not tell
            return bool(self._read(f"{thread}/children"))
        return False

    def _threads(self) -> list[str]:
        folder = f"{self._folder}/task"
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY, dir_fd=self._directory)
        try:
            return [f"{folder}/{thread}" for thread in os.listdir(handle)]
        finally:
            os.close(handle)

    def _read(self, path: str) -> str:
        handle = os.open(path, os.O_RDONLY, dir_fd=self._directory)
        try:
            return os.read(handle, 4096).decode()
        finally:
            os.close(handle)


def _directory() -> int:
    """Return the descriptor of ``/proc``, or -1."""
    with suppress(OSError):
        os.fstat(PROC)
        return PROC
    with suppress(OSError):
        opened = os.open("/proc/", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.dup2(opened, PROC, inheritable=False)  # refused where no process may have so many
        finally:
            os.close(opened)
        return PROC
    return -1
