"""What every benchmark says about itself: the machine, its numbers, a JSON under ``out/``.

Decides how numbers are kept; what is measured is each benchmark's own.
"""

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
    """Cores this process may run on: a container may have fewer than the machine."""
    return len(os.sched_getaffinity(0))


def machine() -> dict[str, Any]:
    """The facts a number depends on."""
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
    """``min / median / max`` as text."""
    numbers = sorted(values)
    shown = (numbers[0], statistics.median(numbers), numbers[-1])
    return " / ".join(f"{number:.{digits}f}" for number in shown)


def quantile(values: Sequence[float], q: float) -> float:
    """The value that a share ``q`` of all values does not exceed."""
    ordered = sorted(values)
    return ordered[min(int(q * len(ordered)), len(ordered) - 1)]


def save(name: str, numbers: dict[str, Any]) -> None:
    """Write ``out/<name>.json`` and say so."""
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
