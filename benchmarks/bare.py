"""The usual way: a new bare interpreter (``python -I -S``) for every program, one per core at a time."""

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.floor import Job

SOURCE = Path(__file__).with_name("in_process.py").read_text(encoding="utf-8")


def run(jobs: list[Job], at_once: int) -> tuple[list[str], float]:
    """Judge ``jobs`` (program, setup, tests); return each verdict and the wall seconds."""
    start = time.perf_counter()
    with ThreadPoolExecutor(at_once) as pool:
        verdicts = list(pool.map(_one, jobs))
    return verdicts, time.perf_counter() - start


def _one(job: Job) -> str:
    command = [sys.executable, "-I", "-S", "-c", SOURCE]
    done = subprocess.run(command, input=json.dumps(job), capture_output=True, text=True, check=False)
    return done.stdout.ljust(len(job[2]), "0")
