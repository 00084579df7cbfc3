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
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from benchmarks.synth_scale_replies import write_seeds
from benchmarks.synth_scale_report import SERVERS, Line, read_lines, report
from benchmarks.synth_scale_run import resident_bytes
from benchmarks.workload import DATA, MBPP

PAPER_SEEDS = 124_006
POLL_S = 1.0


def main() -> None:
    options = _options()
    options.out.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + options.seconds
    with _services(options) as servers:
        config = _write_config(options, *(server.url for server in servers))
        if options.compare:
            _run(config, options.out / "whole", options.seeds, 0, deadline, servers)
            report("uninterrupted run", options.out / "whole")
        is_complete = _run(config, options.out / "killed", options.seeds, options.kill_at, deadline, servers)
        report("killed and resumed run" if options.kill_at else "run", options.out / "killed")
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
    parser.add_argument("--benchmark", type=Path, default=MBPP, help="problems that seeds are compared with")
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
    benchmarks = {"MBPP": str(options.benchmark.resolve())} if options.benchmark.exists() else {}
    if not benchmarks:
        print(
            f"{options.benchmark} is missing: seeds and questions are compared with no benchmark", flush=True
        )
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


@dataclass(frozen=True, slots=True)
class _Server:
    """A server that the run calls."""

    kind: str
    url: str
    pid: int = 0
    """Its process; 0: several processes, whose memory is not measured."""

    def resident_bytes(self) -> int:
        """Return the resident memory."""
        return resident_bytes(self.pid) if self.pid else 0


@contextmanager
def _services(options: argparse.Namespace) -> Iterator[list[_Server]]:
    """Start the model and the executor, and yield both."""
    with ExitStack() as exits:
        model = exits.enter_context(_server("model", options.data, options.model_delay_s))
        model = replace(model, url=f"{model.url}/v1")
        if options.executor == "real":
            from services.executor.local.stack import LocalStack

            stack = exits.enter_context(LocalStack(workers=os.cpu_count() or 1))
            yield [model, _Server("executor", stack.url)]
        else:
            yield [model, exits.enter_context(_server("executor", options.data, 0))]


@contextmanager
def _server(kind: str, data: Path, delay_s: float) -> Iterator[_Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = [str(data)] if data.exists() else []
    command = [sys.executable, "-m", "benchmarks.synth_scale_servers", kind, str(port), *folder]
    process = subprocess.Popen([*command, "--delay-s", str(delay_s)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()  # "ready"
    try:
        yield _Server(kind, f"http://127.0.0.1:{port}", process.pid)
    finally:
        process.terminate()
        process.wait()


def _run(
    config: Path, folder: Path, seeds: int, kill_at: float, deadline: float, servers: Sequence[_Server]
) -> bool:
    """Make the data set in ``folder``; return whether it is complete."""
    command = [sys.executable, "-m", "benchmarks.synth_scale_run", str(config), str(folder)]
    process = subprocess.Popen(command)
    while process.poll() is None:
        time.sleep(POLL_S)
        lines = read_lines(folder)
        if lines:
            _write_server_memory(folder, servers, lines[-1])
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


def _write_server_memory(folder: Path, servers: Sequence[_Server], line: Line) -> None:
    """Append the memory of the servers, beside the rows that the run has ended."""
    sizes = {f"{server.kind}_bytes": server.resident_bytes() for server in servers}
    with (folder / SERVERS).open("a", encoding="utf-8") as lines:
        lines.write(json.dumps({"pid": line["pid"], "ended": line["ended"], **sizes}) + "\n")


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
