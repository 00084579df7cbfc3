"""Prints the facts of the machine and writes the numbers of a benchmark to a JSON file under ``out/``."""

import json
import os
import platform
import statistics
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

OUT = Path("out")


def cores() -> int:
    """Return the number of cores that this process may run on: in a container fewer than the machine has."""
    return len(os.sched_getaffinity(0))


def machine() -> dict[str, Any]:
    """Return the facts of the machine that measurements depend on."""
    return {
        "cores": cores(),
        "processor": _processor(),
        "kernel": platform.release(),
        "python": sys.version.split()[0],
        "load_before": round(os.getloadavg()[0], 2),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def announce(title: str) -> dict[str, Any]:
    """Print the title and the machine; return the machine's facts."""
    facts = machine()
    print(f"{title}\n" + ", ".join(f"{name} {value}" for name, value in facts.items()), flush=True)
    return facts


def spread(values: Iterable[float], digits: int = 0) -> str:
    """Return ``min / median / max`` as text."""
    numbers = sorted(values)
    shown = (numbers[0], statistics.median(numbers), numbers[-1])
    return " / ".join(f"{number:.{digits}f}" for number in shown)


def quantile(values: Sequence[float], q: float) -> float:
    """Return the value that a share ``q`` of all values does not exceed."""
    ordered = sorted(values)
    return ordered[min(int(q * len(ordered)), len(ordered) - 1)]


def save(name: str, numbers: dict[str, Any]) -> None:
    """Write ``out/<name>.json`` and print its path."""
    OUT.mkdir(exist_ok=True)
    path = OUT / f"{name}.json"
    path.write_text(json.dumps(numbers, indent=1) + "\n", encoding="utf-8")
    print(f"written: {path}")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")
