"""Judges programs as most projects do, in a new bare interpreter (``python -I -S``) per program, as a baseline."""

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.floor import BaselineJob

SOURCE = Path(__file__).with_name("in_process.py").read_text(encoding="utf-8")


def run(jobs: list[BaselineJob], at_once: int) -> tuple[list[str], float]:
    """Judge ``jobs``, ``at_once`` at a time; return the verdict of each and the wall time of all in seconds."""
    start = time.perf_counter()
    with ThreadPoolExecutor(at_once) as pool:
        verdicts = list(pool.map(_judge, jobs))
    return verdicts, time.perf_counter() - start


def _judge(job: BaselineJob) -> str:
    command = [sys.executable, "-I", "-S", "-c", SOURCE]
    process = subprocess.run(command, input=json.dumps(job), capture_output=True, text=True, check=False)
    return process.stdout.ljust(len(job[2]), "0")
