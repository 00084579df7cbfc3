"""Samples the resident memory of a stack's processes, and says how fast each grows."""

import time
from dataclasses import dataclass, field
from typing import Any

import psutil

from services.executor.local.stack import LocalStack

MIB = 2**20
SETTLED_AFTER = 0.3
"""Share of the samples that do not count for the slope: caches and pools fill at first."""


@dataclass
class MemorySamples:
    """Times, and by process the resident memory at each time."""

    stack: LocalStack
    times_s: list[float] = field(default_factory=list)
    mib_of: dict[str, list[float]] = field(default_factory=dict)

    def take(self) -> None:
        """Add one sample of each process; a jail is counted as one, all its processes together."""
        now = time.monotonic()
        self.times_s.append(now)
        for name, pid in self._pids().items():
            process = psutil.Process(pid)
            self._add(name, process.memory_info().rss)
            if name.startswith("worker"):
                self._add(f"jail of {name}", _memory_of_children(process))

    def _add(self, name: str, size_bytes: int) -> None:
        self.mib_of.setdefault(name, []).append(size_bytes / MIB)

    def _pids(self) -> dict[str, int]:
        assert self.stack.api is not None
        assert self.stack.redis is not None
        workers = {f"worker {n}": worker.pid for n, worker in enumerate(self.stack.workers, 1)}
        return {"API": self.stack.api.pid, "Redis": self.stack.redis.pid or 0, **workers}

    def rows(self) -> dict[str, dict[str, Any]]:
        """Return by process the first, the highest and the last sample, and the slope in MiB a minute."""
        skip = int(len(self.times_s) * SETTLED_AFTER)
        return {
            name: {
                "first_mib": round(values[0], 1),
                "most_mib": round(max(values), 1),
                "last_mib": round(values[-1], 1),
                "slope_mib_per_min": round(60 * slope(self.times_s[skip:], values[skip:]), 3),
            }
            for name, values in self.mib_of.items()
        }


def _memory_of_children(process: psutil.Process) -> int:
    """Return the memory of all descendants; those that end meanwhile are left out."""
    total = 0
    for child in process.children(recursive=True):
        try:
            total += child.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


def slope(xs: list[float], ys: list[float]) -> float:
    """Return the slope of the line through the points with the least squares; 0 for fewer than two."""
    if len(xs) < 2:
        return 0.0
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((x - mean_x) ** 2 for x in xs)
    return sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)) / spread
