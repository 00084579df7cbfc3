"""Measures how long a candidate and its checker wait for a core, to tell a busy machine from a program that sleeps.

The kernel keeps this account for each thread in ``/proc``. Only the session supervisor has a descriptor of it; the
checker asks (``wire.orders``). A checker may run a test that evaluates an answer as code, which must not read of other
processes. Where ``/proc`` is missing, no waiting is seen: on a machine with some fifty processes a core, a program that
computes may then count as one that sleeps.
"""

import os
from contextlib import suppress

_NANOSECONDS = 1e-9  # the kernel's unit, in seconds
_READ_BYTES = 4096
"""The files read here are shorter."""


class RunQueueWait:
    """How long the threads of a session's candidate and of its checker have waited for a core."""

    def __init__(self, proc: int) -> None:
        """``proc`` is a descriptor of ``/proc``, or -1."""
        self._proc = proc
        self._pid = 0
        self._folder = self._checker_folder = ""
        self._waited_s: dict[str, float] = {}
        """By the folder of a thread."""

    def waited_s(self, pid: int, checker_pid: int) -> float | None:
        """Return the longest wait of a thread of ``pid``, and the longest of its checker, together, in seconds.

        It counts from the last call with the same ``pid``; at the first call, from the start of that process. It is
        infinite if a thread of ``pid`` waits now, and ``None`` if the kernel does not tell.

        The longest, not the sum: threads that wake together wait for each other. The checker's is added, because while
        it waits the process may have nothing to do: its answer is not read yet. A process that has child processes is
        reported as not waiting: it could wait for them for ever, and have them compute what it may not.
        """
        if pid != self._pid:
            self._start(pid, checker_pid)
        if not self._folder:
            return None
        longest_s = checker_s = 0.0
        with suppress(OSError, ValueError, IndexError):
            checker_s = max(map(self._new_wait_s, self._threads(self._checker_folder)))
        with suppress(OSError, ValueError, IndexError):
            threads = self._threads(self._folder)
            if any(map(self._has_children, threads)):
                return 0.0
            for thread in threads:
                if self._read(f"{thread}/stat").rpartition(")")[2].split()[0] == "R":
                    longest_s = float("inf")
                longest_s = max(longest_s, self._new_wait_s(thread))
        return longest_s + checker_s

    def _start(self, pid: int, checker_pid: int) -> None:
        """Begin to measure another process."""
        self._pid = pid
        self._waited_s.clear()
        self._folder, self._checker_folder = self._folder_of(pid), self._folder_of(checker_pid)
        with suppress(OSError, ValueError, IndexError):
            for thread in self._threads(self._checker_folder):
                self._new_wait_s(thread)

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

    def _new_wait_s(self, thread: str) -> float:
        """Return how long a thread has waited since the last call for it."""
        waited_s = int(self._read(f"{thread}/schedstat").split()[1]) * _NANOSECONDS
        new_s = waited_s - self._waited_s.get(thread, 0.0)
        self._waited_s[thread] = waited_s
        return new_s

    def _has_children(self, thread: str) -> bool:
        with suppress(OSError):  # a kernel without this file
            return bool(self._read(f"{thread}/children"))
        return False

    def _threads(self, process: str) -> list[str]:
        folder = f"{process}/task"
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


def open_proc(number: int) -> int:
    """Open ``/proc`` at a descriptor of this number, and return it; -1 if there is no ``/proc``."""
    with suppress(OSError):
        opened = os.open("/proc", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            return os.dup2(opened, number, inheritable=False)
        finally:
            os.close(opened)
    return -1
