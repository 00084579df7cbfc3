"""Prints what a run of ``benchmarks.synth_scale`` measured: rates, CPU time by stage, memory, bytes on disk."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

SERVERS = "servers.jsonl"
"""File of the servers' memory."""
Line = dict[str, Any]
"""A line of ``measured.jsonl``."""


def read_lines(folder: Path, last_only: bool = True, name: str = "measured.jsonl") -> list[Line]:
    """Return the lines that a run has written; the last may be cut off."""
    path = folder / name
    if not path.exists():
        return []
    texts = path.read_text(encoding="utf-8").split("\n")[:-1]
    return [json.loads(text) for text in (texts[-1:] if last_only else texts)]


def report(title: str, folder: Path) -> None:
    print(f"\n{title} in {folder}")
    processes: dict[int, list[Line]] = {}
    for line in read_lines(folder, last_only=False):
        processes.setdefault(line["pid"], []).append(line)
    for number, lines in enumerate(processes.values(), 1):
        print(f"  process {number}: {_phases(lines)}")
        staged = [line for line in lines if line["phase"] == "stages"]
        if len(staged) > 1:
            _report_rates(staged)
            _report_memory(lines, staged)
    _report_servers(read_lines(folder, last_only=False, name=SERVERS))
    _report_stages([lines[-1] for lines in processes.values()])
    sizes = {path.name: path.stat().st_size for path in sorted(folder.rglob("*")) if path.is_file()}
    largest = sorted(sizes.items(), key=lambda item: -item[1])[:6]
    print("    MB on disk: " + ", ".join(f"{name} {size / 1e6:.1f}" for name, size in largest))


def _phases(lines: Sequence[Line]) -> str:
    parts = []
    for phase in ("seeds", "stages", "files"):
        times_s = [line["wall_s"] for line in lines if line["phase"] == phase]
        if times_s:
            parts.append(f"{phase} {times_s[-1] - times_s[0]:.0f} s")
    return f"{lines[-1]['ended']} rows; {', '.join(parts)}; CPU {lines[-1]['cpu_s']:.0f} s"


def _report_rates(staged: Sequence[Line]) -> None:
    """Print the rate of the rows, and the CPU time of a row in the first and the last quarter of them."""
    wall_s = staged[-1]["wall_s"] - staged[0]["wall_s"]
    print(f"    {(staged[-1]['ended'] - staged[0]['ended']) / wall_s:.1f} rows/s of wall time")
    quarter = len(staged) // 4
    if quarter:
        parts = [_cpu_ms_a_row(staged[:quarter]), _cpu_ms_a_row(staged[-quarter:])]
        print(f"    CPU of the run for a row: first quarter {parts[0]}, last quarter {parts[1]}")


def _cpu_ms_a_row(lines: Sequence[Line]) -> str:
    rows = lines[-1]["ended"] - lines[0]["ended"]
    return f"{1000 * (lines[-1]['cpu_s'] - lines[0]['cpu_s']) / rows:.1f} ms" if rows else "-"


def _report_memory(lines: Sequence[Line], staged: Sequence[Line]) -> None:
    """Print the most resident memory, and its slope over the rows, without the first fifth, which fills caches."""
    settled = staged[len(staged) // 5 :]
    most = {phase: max((one["resident_bytes"] for one in lines if one["phase"] == phase), default=0)
            for phase in ("seeds", "stages", "files", "end")}  # fmt: skip
    text = ", ".join(f"{phase} {size / 2**20:.0f} MiB" for phase, size in most.items() if size)
    slope = _slope([one["ended"] for one in settled], [one["resident_bytes"] for one in settled])
    print(f"    most resident memory: {text}; slope in the stages: {slope:.0f} bytes a row")


def _report_servers(lines: Sequence[Line]) -> None:
    """Print the resident memory of the benchmark's servers: first, most and last."""
    for name in ("model_bytes", "executor_bytes"):
        sizes = [line[name] / 2**20 for line in lines]
        if any(sizes):
            print(
                f"    {name.split('_')[0]}: {sizes[0]:.0f} MiB at first, {max(sizes):.0f} at most, {sizes[-1]:.0f} last"
            )


def _slope(x: Sequence[float], y: Sequence[float]) -> float:
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    spread = sum((one - mean_x) ** 2 for one in x)
    return sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)) / spread if spread else 0.0


def _report_stages(last_lines: Sequence[Line]) -> None:
    """Print per stage the rows and what its own code costs. Rows that were done twice count twice."""
    names = dict.fromkeys(name for line in last_lines for name in line["stage_rows"])
    print(f"    {'stage':14}{'rows':>9}{'CPU ms/row':>12}{'rows/s of a core':>18}")
    for name in names:
        rows = sum(line["stage_rows"].get(name, 0) for line in last_lines)
        cpu_s = sum(_stage_cpu_s(line, name) for line in last_lines)
        print(f"    {name:14}{rows:9}{1000 * cpu_s / rows:12.2f}{rows / cpu_s if cpu_s else 0:18,.0f}")
    total = sum(line["cpu_s"] for line in last_lines)
    stages = sum(_stage_cpu_s(line, name) for line in last_lines for name in names)
    elsewhere = "seeds, HTTP to models, SQLite, files, start"
    print(f"    CPU in stages {stages:.0f} s; elsewhere ({elsewhere}) {total - stages:.0f} s")


def _stage_cpu_s(line: Line, name: str) -> float:
    """Return the CPU seconds of a stage, from the rows that were timed."""
    timed = line["stage_timed"].get(name, 0)
    return (
        float(line["stage_cpu_s"].get(name, 0.0) / timed * line["stage_rows"].get(name, 0)) if timed else 0.0
    )
