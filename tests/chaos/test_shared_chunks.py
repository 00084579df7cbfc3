"""While a program of a chunk loops, the other worker takes over the rest of it; and workers are killed meanwhile."""

import signal
import time
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager

import pytest

from services.executor.broker import redis_keys
from services.executor.broker.broker import COUNT_AGAIN_S
from tests.chaos.judging import check_results, programs, request, stream
from tests.conftest import wait_until

COUNT = 4
"""Two chunks of two. Of more programs, a stack with small chunks makes more of them, and while some wait nothing is given back."""
LIMITS = {"cpu_s": 0.5, "total_cpu_s": 0.5}


def executions(stage):
    """Names of the executions of which a worker has taken a chunk."""
    prefix, suffix = redis_keys.taken("*").split("*")
    with stage.redis() as redis:
        return {
            key.removeprefix(prefix).removesuffix(suffix) for key in redis.scan_iter(redis_keys.taken("*"))
        }


def entries(stage, execution):
    """What workers have sent to the owner of an execution."""
    with stage.redis() as redis:
        return dict(redis.xrange(redis_keys.results(execution)))


def given_back(sent):
    """The units of the parts of chunks that were given back, a list for each."""
    return [fields["units"].split() for fields in sent.values() if "shares" in fields]


@contextmanager
def sent(stage, loops):
    """Sends programs of which some, wrong ones, loop; yields the execution when a worker has begun, and its results."""
    texts = programs(COUNT)
    for n in loops:
        texts[n] = f"def f(x):\n    while True: pass\n{texts[n].splitlines()[-1]}\n"
    time.sleep(COUNT_AGAIN_S)  # else the chunks may be cut for one worker, after a test that killed the other
    before = executions(stage)
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(lambda: list(stream(stage, request(texts, cache=False, limits=LIMITS))))
        (execution,) = wait_until(lambda: executions(stage) - before)
        yield execution, future


def test_programs_behind_a_loop_go_to_an_idle_worker_and_each_is_judged_once(stage):
    seen = {}
    with sent(stage, loops=(0,)) as (execution, future):
        while not wait([future], timeout=0.02).done:
            seen |= entries(stage, execution)
        assert check_results(future.result(), COUNT) == []
    assert ["1"] in given_back(seen)
    records = [name for fields in seen.values() for name in fields if name.isdigit()]
    assert len(records) == len(set(records))


@pytest.mark.parametrize("killed", [1, 2], ids=["one worker", "both workers"])
def test_workers_killed_after_they_gave_a_part_of_a_chunk_back(stage, killed):
    """The owner of the execution is halted meanwhile, so that no other worker takes the part before."""
    with sent(stage, loops=(0, 2)) as (execution, future):
        stage.api.send_signal(signal.SIGSTOP)
        try:
            wait_until(lambda: given_back(entries(stage, execution)))
            for worker in stage.workers[:killed]:
                worker.kill()
        finally:
            stage.api.send_signal(signal.SIGCONT)
        assert check_results(future.result(), COUNT) == []
