"""Runs programs with their unittest methods in plain Python, without a jail: the baseline of ``bigcodebench``.

    python plain_unittest.py MODULES < jobs.jsonl > outcomes.jsonl

A job is ``{"program", "setup", "tests", "seconds"}``. Program, setup and one test run as one module in a new fork, in
an empty folder of its own, with that many CPU seconds. The answer has ``true`` for each test that ran to its end. Uses
the standard library alone, and what is on ``PYTHONPATH``.
"""

import importlib
import json
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
import types

_WALL_FACTOR = 6
"""Wall seconds of a test for each CPU second of its limit: for tests that wait, on a machine with other work."""


def main() -> None:
    for name in filter(None, sys.argv[1].split(",")):
        importlib.import_module(name)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_RDWR), 1)
    os.dup2(1, 2)
    for line in sys.stdin:
        job = json.loads(line)
        passed = [_passes(job, test) for test in job["tests"]]
        print(json.dumps(passed), file=answers, flush=True)


def _passes(job: dict, test: str) -> bool:
    """Whether one test runs to its end, in a new fork."""
    folder = tempfile.mkdtemp()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            _run(job, test, folder)
            status = 0
        finally:
            os._exit(status)
    try:
        return _wait(pid, _WALL_FACTOR * job["seconds"]) == 0
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(job: dict, test: str, folder: str) -> None:
    os.setsid()
    os.chdir(folder)
    seconds = int(job["seconds"])
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    module = types.ModuleType("program")
    sys.modules["program"] = module
    for text in (job["program"], job["setup"], test):
        exec(compile(text, "<program>", "exec"), module.__dict__)


def _wait(pid: int, seconds: float) -> int:
    """Return the exit status of a child; kill it, with its group, if it takes longer."""
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return status
        time.sleep(0.005)
    os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return 1


if __name__ == "__main__":
    main()
