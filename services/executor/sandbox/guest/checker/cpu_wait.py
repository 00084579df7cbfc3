"""Measures how long a process and its checker wait for a core, to tell a busy machine from a program that sleeps.

The kernel keeps this account for each thread in ``/proc``. The jail has no ``/proc``; only checkers receive a
descriptor of it, or open it themselves where there is no isolation. Where it is missing, no waiting is seen: on a
machine with some fifty processes a core, a program that computes may then count as one that sleeps.
"""

import os
from contextlib import suppress

PROC = 127
"""The descriptor of ``/proc`` in a checker: the highest that a confined process may have (``confine``), and above those
that the session supervisor closes there."""
_NANOSECONDS = 1e-9  # the kernel's unit, in seconds
_READ_BYTES = 4096
"""The files read here are shorter."""


class RunQueueWait:
    """How long the threads of one process have waited for a core."""

    def __init__(self, pid: int) -> None:
        self._proc = _proc_descriptor()
        self._folder = self._folder_of(pid) if self._proc >= 0 else ""
        self._waited_s: dict[str, float] = {}
        self._own_waited_s = self._own_total_s() if self._folder else 0.0

    def _folder_of(self, pid: int) -> str:
        """Return the name of a process in a ``/proc`` of another pid namespace; empty if it cannot be found out."""
        with suppress(OSError, ValueError, IndexError):
            handle = os.pidfd_open(pid)
            try:
                text = self._read(f"self/fdinfo/{handle}")
            finally:
                os.close(handle)
            number = int(text.split("\nPid:")[1].split()[0])
            return str(number) if number > 0 else ""
        return ""

    def waited_s(self) -> float | None:
        """Return the longest wait of a thread since the last call and the wait of the calling thread, together, in
        seconds: infinite if a thread waits now, ``None`` if the kernel does not tell.

        The longest, not the sum: threads that wake together wait for each other. The calling thread's is added, because
        while it waits the process may have nothing to do: its answer is not read yet. A process that has child
        processes is reported as not waiting: it could wait for them for ever, and have them compute what it may not.
        """
        if not self._folder:
            return None
        own_total_s = self._own_total_s()
        own_s, self._own_waited_s = own_total_s - self._own_waited_s, own_total_s
        longest_s = 0.0
        with suppress(OSError, ValueError, IndexError):
            threads = self._threads()
            if any(map(self._has_children, threads)):
                return 0.0
            for thread in threads:
                if self._read(f"{thread}/stat").rpartition(")")[2].split()[0] == "R":
                    longest_s = float("inf")
                waited_s = int(self._read(f"{thread}/schedstat").split()[1]) * _NANOSECONDS
                longest_s = max(longest_s, waited_s - self._waited_s.get(thread, 0.0))
                self._waited_s[thread] = waited_s
        return longest_s + own_s

    def _own_total_s(self) -> float:
        """Return how long the calling thread has waited for a core in all."""
        with suppress(OSError, ValueError, IndexError):
            return int(self._read("thread-self/schedstat").split()[1]) * _NANOSECONDS
        return 0.0

    def _has_children(self, thread: str) -> bool:
        with suppress(OSError):  # a kernel without this file
            return bool(self._read(f"{thread}/children"))
        return False

    def _threads(self) -> list[str]:
        folder = f"{self._folder}/task"
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY, dir_fd=self._proc)
        try:
            return [f"{folder}/{thread}" for thread in os.listdir(handle)]
        finally:
            os.close(handle)

    def _read(self, path: str) -> str:
        handle = os.open(path, os.O_RDONLY, dir_fd=self._proc)
        try:
            return os.read(handle, _READ_BYTES).decode()
        finally:
            os.close(handle)


def _proc_descriptor() -> int:
    """Return the descriptor of ``/proc``, or -1."""
    with suppress(OSError):
        os.fstat(PROC)
        return PROC
    with suppress(OSError):
        opened = os.open("/proc/", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.dup2(opened, PROC, inheritable=False)  # refused where no process may have so many descriptors
        finally:
            os.close(opened)
        return PROC
    return -1
