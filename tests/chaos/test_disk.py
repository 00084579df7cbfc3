"""The scratch area is full: a program's own, and the worker's."""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pytest

from tests.chaos.judging import DEADLINE_S, RIGHT, SLOW, answered_once, programs, request, stream
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


def test_programs_that_fill_their_scratch_fill_nobody_elses(stage):
    texts = programs(16)
    texts[3] = texts[7] = FILLS_ITS_SCRATCH + RIGHT
    assert answered_once(list(stream(stage, request(texts, cache=False))), 16) == []


@contextmanager
def full(folder):
    """No room for one more file in it, nor for a byte."""
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
    """No jail can be started there: the work waits until one can."""
    if not stage.scratch_is_small:
        pytest.skip("no right to mount a file system that is soon full")
    before = [worker.pid for worker in stage.workers]
    jails = [stage.jail_of(worker) for worker in stage.workers]
    inmates = [process for jail in jails for process in jail.children(recursive=True)]
    for jail in jails:
        jail.kill()
    wait_until(lambda: gone(jails + inmates))  # and with them the logs they had there
    with ThreadPoolExecutor(1) as pool:
        with full(stage.scratch):
            answer = pool.submit(lambda: list(stream(stage, request(programs(24, SLOW), cache=False))))
            wait_until(lambda: not serving(stage), timeout_s=DEADLINE_S)
        assert answered_once(answer.result(), 24) == []
    assert [worker.pid for worker in stage.workers] == before
    assert os.listdir(stage.scratch) == []
