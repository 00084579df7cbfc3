"""Reads the CPU time of other processes, with all processes and threads that they start later.

The kernel's performance counters are used, because processes of a jail whose end their parent ignores
(``SIGCHLD``) are in no process's own times. Attach a clock while the processes are idle: a process that starts during
the search for threads may be missed.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from benchmarks.counters import NoCounter, open_counter, read_counter

_NS = 1e9


class CpuClock:
    """The CPU time of a process and its descendants since the clock was made, in seconds."""

    def __init__(self, pid: int) -> None:
        """Attach to all threads of ``pid`` and its descendants.

        Raises:
            NoCounter: this process may not count the others: run it as root.
        """
        self._descriptors: list[int] = []
        failed: NoCounter | None = None
        for thread in _threads(pid):
            try:
                self._descriptors.append(open_counter("cpu_ns", thread, starts=True))
            except NoCounter as error:  # it has ended, or is another user's
                failed = error
        if failed is not None and not self._descriptors:
            raise failed

    def read_s(self) -> float:
        """Return the CPU time so far."""
        return sum(read_counter(descriptor) for descriptor in self._descriptors) / _NS

    def close(self) -> None:
        """Detach."""
        for descriptor in self._descriptors:
            os.close(descriptor)
        self._descriptors.clear()


def _threads(pid: int) -> Iterator[int]:
    """Yield the threads of a process and of its descendants."""
    with suppress(OSError):  # it has ended
        for thread in Path(f"/proc/{pid}/task").iterdir():
            yield int(thread.name)
            for child in (thread / "children").read_text(encoding="ascii").split():
                yield from _threads(int(child))
