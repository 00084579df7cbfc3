"""The machine's floor: warm unprotected parents that fork, run program and tests together, and exit.

One parent per core; each has imported the standard library's common modules, takes the next job's number
from a pipe all of them share, forks, and reads one ``0`` or ``1`` per test from its child. No isolation, no
limits, no queue, no wire: nothing that judges in a fresh process can be much faster. Also run as a script:
one such parent.
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
Job = tuple[str, str, list[str]]
"""Program, setup and tests."""

MEMORY_BYTES = 2 * 2**30  # a wild program must not take the machine with it
_NUMBER = 4  # bytes of a job's number in the shared pipe; reads this small are not torn


def run(jobs: list[Job], parents: int, cpu_s: int = 0) -> tuple[list[str], float]:
    """Judge ``jobs`` (program, setup, tests); return each verdict and the wall seconds from first to last.

    ``cpu_s`` above 0 kills a job after as many CPU seconds, or three times as many wall seconds: its
    verdict is then ``""``. Starting the parents is not counted.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(jobs, file)
        file.flush()
        return _run(file.name, len(jobs), parents, cpu_s)


def _run(path: str, count: int, parents: int, cpu_s: int) -> tuple[list[str], float]:
    take, give = os.pipe()
    command = [sys.executable, "-I", "-S", __file__, path, str(take), str(cpu_s)]
    workers = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, pass_fds=[take]) for _ in range(parents)
    ]
    for worker in workers:
        assert worker.stdout is not None
        worker.stdout.readline()  # it is warm
    start = time.perf_counter()
    os.close(take)
    with os.fdopen(give, "wb") as numbers:
        numbers.write(b"".join(n.to_bytes(_NUMBER, "little") for n in range(count)))
    verdicts = {int(n): bits for worker in workers for n, bits in json.loads(worker.communicate()[0]).items()}
    return [verdicts[n] for n in range(count)], time.perf_counter() - start


def main() -> None:
    """One warm parent: jobs' file, pipe of numbers and CPU limit on the command line."""
    sys.path.insert(0, str(HERE))
    from in_process import judge  # type: ignore[import-not-found]  # beside this script

    jobs = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    numbers, cpu_s = int(sys.argv[2]), int(sys.argv[3])
    for name in WARM:
        __import__(name)
    answer = os.dup(1)
    quiet = os.open(os.devnull, os.O_RDWR)
    os.write(answer, b"warm\n")
    for fd in (0, 1, 2):
        os.dup2(quiet, fd)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    verdicts = {}
    while number := os.read(numbers, _NUMBER):
        index = int.from_bytes(number, "little")
        verdicts[index] = _forked(judge, jobs[index], cpu_s)
    with os.fdopen(answer, "w") as out:
        json.dump(verdicts, out)


def _forked(judge: Callable[..., None], job: Job, cpu_s: int) -> str:
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
