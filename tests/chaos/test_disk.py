"""The temporary directory is full: a program's own, or the worker's."""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pytest

from tests.chaos.judging import DEADLINE_S, RIGHT, SLOW, check_results, programs, request, stream
from tests.chaos.test_worker_faults import gone, serving
from tests.conftest import wait_until

FILLS_ITS_SCRATCH = """
import os
for n in range(10_000):
    try:
        with open(f"/tmp/{n}", "wb") as file:
            file.write(bytes(2**20))
    except OSError:
        break
"""


def test_a_program_that_fills_its_scratch_does_not_fill_that_of_others(stage):
    texts = programs(16)
    texts[3] = texts[7] = FILLS_ITS_SCRATCH + RIGHT
    assert check_results(list(stream(stage, request(texts, cache=False))), 16) == []


@contextmanager
def full(folder):
    """Inside the block, the directory has no room for another file, or for another byte."""
    made = []
    try:
        with suppress(OSError):
            for n in range(10_000):
                made.append(folder / str(n))
                with made[-1].open("wb") as file:
                    file.write(bytes(2**14))
        with suppress(OSError):
            for n in range(10_000):
                made.append(folder / f"empty{n}")
                made[-1].touch()
        with pytest.raises(OSError, match="No space"):
            (folder / "another").touch()
        yield
    finally:
        for path in made:
            path.unlink(missing_ok=True)


def test_the_workers_scratch_is_full(stage):
    """No jail can be started: the work waits until one can be."""
    if not stage.scratch_is_small:
        pytest.skip("no right to mount a file system that is soon full")
    before = [worker.pid for worker in stage.workers]
    jails = [stage.jail_of(worker) for worker in stage.workers]
    processes = [process for jail in jails for process in jail.children(recursive=True)]
    for jail in jails:
        jail.kill()
    wait_until(lambda: gone(jails + processes))  # and with them their log files in the directory
    with ThreadPoolExecutor(1) as pool:
        with full(stage.scratch):
            future = pool.submit(lambda: list(stream(stage, request(programs(24, SLOW), cache=False))))
            wait_until(lambda: not serving(stage), timeout_s=DEADLINE_S)
        assert check_results(future.result(), 24) == []
    assert [worker.pid for worker in stage.workers] == before
    assert os.listdir(stage.scratch) == []
