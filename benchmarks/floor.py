"""Judges programs in children forked from warm, unprotected parents: the machine's lower bound of cost, as a baseline.

There is one parent per core. Each has imported common modules of the standard library, takes the number of the next
job from a shared pipe, forks, and reads one ``0`` or ``1`` per test from its child. There is no isolation, no queue and
no HTTP: a judge that starts a fresh process per program cannot be much faster. Run as a script, this file is one
such parent.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
WARM = ["collections", "math", "re", "typing", "itertools", "functools", "heapq", "random", "string", "copy"]
WARM += ["datetime", "decimal", "fractions", "statistics", "bisect", "operator", "hashlib", "dataclasses"]
BaselineJob = tuple[str, str, list[str]]
"""Program, setup and tests."""

MEMORY_BYTES = 2 * 2**30  # so that a program cannot use all memory of the machine
_NUMBER_BYTES = 4  # of a job's number in the shared pipe; reads this small are atomic


def run(jobs: list[BaselineJob], parents: int, cpu_s: int = 0) -> tuple[list[str], float]:
    """Judge ``jobs``; return the verdict of each and the wall time of all in seconds, without starting the parents.

    ``cpu_s`` above 0 kills a job after as many CPU seconds, or three times as many wall seconds; its verdict is
    then ``""``.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(jobs, file)
        file.flush()
        return _run(file.name, len(jobs), parents, cpu_s)


def _run(path: str, count: int, parents: int, cpu_s: int) -> tuple[list[str], float]:
    read_end, write_end = os.pipe()
    command = [sys.executable, "-I", "-S", __file__, path, str(read_end), str(cpu_s)]
    processes = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, pass_fds=[read_end])
        for _ in range(parents)
    ]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()  # written once its modules are imported
    start = time.perf_counter()
    os.close(read_end)
    with os.fdopen(write_end, "wb") as numbers:
        numbers.write(b"".join(n.to_bytes(_NUMBER_BYTES, "little") for n in range(count)))
    verdicts = {
        int(n): bits for process in processes for n, bits in json.loads(process.communicate()[0]).items()
    }
    return [verdicts[n] for n in range(count)], time.perf_counter() - start


def main() -> None:
    """Run one warm parent; its arguments are the file of jobs, the descriptor of the pipe, and the CPU limit."""
    sys.path.insert(0, str(HERE))
    from in_process import judge  # type: ignore[import-not-found]  # beside this script

    jobs = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    numbers, cpu_s = int(sys.argv[2]), int(sys.argv[3])
    for name in WARM:
        __import__(name)
    output_fd = os.dup(1)
    null_fd = os.open(os.devnull, os.O_RDWR)
    os.write(output_fd, b"warm\n")
    for fd in (0, 1, 2):
        os.dup2(null_fd, fd)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    verdicts = {}
    while number := os.read(numbers, _NUMBER_BYTES):
        index = int.from_bytes(number, "little")
        verdicts[index] = _judge_in_child(judge, jobs[index], cpu_s)
    with os.fdopen(output_fd, "w") as out:
        json.dump(verdicts, out)


def _judge_in_child(judge: Callable[..., None], job: BaselineJob, cpu_s: int) -> str:
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        if cpu_s:
            resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
            signal.alarm(3 * cpu_s)
        judge(*job, lambda bit: os.write(write_end, bit))
        os._exit(0)
    os.close(write_end)
    bits = b""
    while part := os.read(read_end, 4096):
        bits += part
    os.close(read_end)
    _, status = os.waitpid(child, 0)
    if (
        cpu_s
        and os.WIFSIGNALED(status)
        and os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGALRM, signal.SIGKILL)
    ):
        return ""
    return bits.decode().ljust(len(job[2]), "0")


if __name__ == "__main__":
    main()
