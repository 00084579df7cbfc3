"""Measures synthesis at the size of the paper: rows per second of each stage, memory, and a run that is killed.

    python -m benchmarks.synth_scale --seeds 2000 --compare --out /tmp/scale
    python -m benchmarks.synth_scale --out /tmp/scale            # 124,006 seeds

The code of the run, the file formats, HTTP and both SQLite files are real. Seeds are made up (``synth_scale_replies``).
Texts of the model were recorded; the name of each function gets the seed's number. Verdicts are made up
(``synth_scale_servers``), because 124,006 × 24 programs, mutants and null programs are hours of judging;
``--executor real`` starts a real stack, for some hundred seeds. The model answers at once unless ``--model-delay-s``
says otherwise, so that the run itself is the limit.

The run is killed with SIGKILL at ``--kill-at`` of its rows and started again. With ``--compare`` an uninterrupted run
is made first, and the files of both data sets are compared byte for byte. ``--seconds`` ends the run earlier; the
report is then of the rows until then, and the same command with ``--resume`` continues.
"""

import argparse
import hashlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import yaml

from benchmarks.synth_scale_replies import write_seeds
from benchmarks.workload import DATA, MBPP

PAPER_SEEDS = 124_006
POLL_S = 1.0
Line = dict[str, Any]
"""A line of ``measured.jsonl``."""


def main() -> None:
    options = _options()
    options.out.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + options.seconds
    with _services(options) as (model_url, executor_url):
        config = _write_config(options, model_url, executor_url)
        if options.compare:
            _run(config, options.out / "whole", options.seeds, 0, deadline)
            _report("uninterrupted run", options.out / "whole")
        is_complete = _run(config, options.out / "killed", options.seeds, options.kill_at, deadline)
        _report("killed and resumed run" if options.kill_at else "run", options.out / "killed")
    print(f"\nverdicts: {options.executor}; texts: recorded; seeds: made up; complete: {is_complete}")
    if options.compare and is_complete:
        _compare(options.out / "whole/dataset", options.out / "killed/dataset")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=PAPER_SEEDS)
    parser.add_argument("--out", type=Path, required=True, help="folder of the runs, empty but for --resume")
    parser.add_argument(
        "--data", type=Path, default=DATA / "llm", help="recorded replies to HumanEval problems"
    )
    parser.add_argument("--executor", choices=("made-up", "real"), default="made-up")
    parser.add_argument("--kill-at", type=float, default=0.5, help="share of the rows; 0: not killed")
    parser.add_argument(
        "--compare", action="store_true", help="make an uninterrupted run first, compare the files"
    )
    parser.add_argument("--refine", action="store_true", help="switch on the stage 'refine', off by default")
    parser.add_argument("--at-once", type=int, default=64)
    parser.add_argument("--model-delay-s", type=float, default=0.0)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="time bound of all runs together")
    parser.add_argument("--resume", action="store_true", help="go on in a folder of an earlier call")
    options = parser.parse_args()
    if not options.resume and options.out.exists() and any(options.out.iterdir()):
        parser.error(f"{options.out} is not empty; choose another folder, or go on with --resume")
    return options


def _write_config(options: argparse.Namespace, model_url: str, executor_url: str) -> Path:
    seeds = options.out / "seeds.jsonl.gz"
    if not seeds.exists():
        write_seeds(seeds, options.seeds)
    benchmarks = {"MBPP": str(MBPP.resolve())} if MBPP.exists() else {}
    config = {
        "seeds": {"source": str(seeds), "first": options.seeds},
        "models": {"coder": {"model": "recorded", "endpoints": [{"url": model_url}]}},
        "executor": {"url": executor_url},
        "stages": {
            "decontaminate": {"benchmarks": benchmarks, "judge": False},  # no recording has a judge's answer
            "refine": {"rounds": 1} if options.refine else None,
        },
        "at_once": options.at_once,
    }
    path = options.out / "config.yaml"
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    return path


@contextmanager
def _services(options: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """Start the model and the executor, and yield their addresses."""
    with ExitStack() as exits:
        model = exits.enter_context(_server("model", options.data, options.model_delay_s))
        if options.executor == "real":
            from services.executor.local.stack import LocalStack

            yield f"{model}/v1", exits.enter_context(LocalStack(workers=os.cpu_count() or 1)).url
        else:
            yield f"{model}/v1", exits.enter_context(_server("executor", options.data, 0))


@contextmanager
def _server(kind: str, data: Path, delay_s: float) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = [str(data)] if data.exists() else []
    command = [sys.executable, "-m", "benchmarks.synth_scale_servers", kind, str(port), *folder]
    process = subprocess.Popen([*command, "--delay-s", str(delay_s)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()  # "ready"
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _run(config: Path, folder: Path, seeds: int, kill_at: float, deadline: float) -> bool:
    """Make the data set in ``folder``; return whether it is complete."""
    command = [sys.executable, "-m", "benchmarks.synth_scale_run", str(config), str(folder)]
    process = subprocess.Popen(command)
    while process.poll() is None:
        time.sleep(POLL_S)
        lines = _lines(folder)
        if time.monotonic() > deadline:
            process.terminate()  # a process in the background ignores SIGINT; rows keep the stages that they finished
            process.wait()
            return False
        if kill_at and lines and lines[-1]["ended"] >= kill_at * seeds:
            process.kill()
            process.wait()
            print(f"killed after {lines[-1]['ended']} rows of this process; started again", flush=True)
            kill_at, process = 0, subprocess.Popen(command)
    if process.returncode:
        raise SystemExit(f"the run ended with status {process.returncode}; see {folder / 'run.log'}")
    return True


def _lines(folder: Path, last_only: bool = True) -> list[Line]:
    """Return the lines that a run has written; the last may be cut off."""
    path = folder / "measured.jsonl"
    if not path.exists():
        return []
    texts = path.read_text(encoding="utf-8").split("\n")[:-1]
    return [json.loads(text) for text in (texts[-1:] if last_only else texts)]


def _report(title: str, folder: Path) -> None:
    print(f"\n{title} in {folder}")
    processes: dict[int, list[Line]] = {}
    for line in _lines(folder, last_only=False):
        processes.setdefault(line["pid"], []).append(line)
    for number, lines in enumerate(processes.values(), 1):
        print(f"  process {number}: {_phases(lines)}")
        staged = [line for line in lines if line["phase"] == "stages"]
        if len(staged) > 1:
            _report_rates(staged)
            _report_memory(lines, staged)
    _report_stages([lines[-1] for lines in processes.values()])


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
        cpu_s = sum(line["stage_cpu_s"].get(name, 0.0) for line in last_lines)
        print(f"    {name:14}{rows:9}{1000 * cpu_s / rows:12.2f}{rows / cpu_s if cpu_s else 0:18,.0f}")
    total = sum(line["cpu_s"] for line in last_lines)
    stages = sum(sum(line["stage_cpu_s"].values()) for line in last_lines)
    elsewhere = "seeds, HTTP to models, SQLite, files, start"
    print(f"    CPU in stages {stages:.0f} s; elsewhere ({elsewhere}) {total - stages:.0f} s")


def _compare(whole: Path, killed: Path) -> None:
    """Print whether the files of two data sets are equal.

    Raises:
        SystemExit: a file of rows differs.
    """
    digests = [
        {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}
        for folder in (whole, killed)
    ]
    differing = [name for name in {*digests[0], *digests[1]} if digests[0].get(name) != digests[1].get(name)]
    print(f"byte for byte: {len(digests[0])} files, different: {', '.join(sorted(differing)) or 'none'}")
    if any(name.endswith(".gz") for name in differing):
        raise SystemExit("the killed run has made another data set")


if __name__ == "__main__":
    main()
