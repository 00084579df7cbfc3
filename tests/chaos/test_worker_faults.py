"""Workers, jails and zygotes are killed, or run out of descriptors and processes, while they judge candidates."""

import os
import resource
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from services.executor.broker import redis_keys
from tests.chaos.judging import DEADLINE_S, RIGHT, SLOW, check_results, programs, request, stream
from tests.chaos.poisoned_worker import KILLS_JAIL, KILLS_WORKER
from tests.conftest import wait_until


def gone(processes):
    return not [
        process for process in processes if process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    ]


def test_workers_killed_in_the_middle_of_a_chunk(stage):
    """One whose heartbeat the supervisor deletes, and one whose heartbeat expires."""
    results, children = [], []
    for result in stream(stage, request(programs(60, SLOW), cache=False)):
        results.append(result)
        if len(results) in (5, 30):
            stage.deletes_heartbeats = len(results) == 5
            victim = stage.busy_worker()
            children += psutil.Process(victim.pid).children(recursive=True)
            os.kill(victim.pid, signal.SIGKILL)
            victim.wait()
    stage.deletes_heartbeats = True
    assert check_results(results, 60) == []
    assert children
    wait_until(lambda: gone(children))


def test_a_worker_killed_while_runs_take_turns(stage):
    """Every candidate of every run is answered once, and no turn is left behind."""

    def judge(run):
        return list(stream(stage, request(programs(40, SLOW), cache=False, run=run, priority="bulk")))

    with ThreadPoolExecutor() as pool:
        futures = [pool.submit(judge, run) for run in ("one", "two", "three")]
        victim = wait_until(stage.busy_worker)
        os.kill(victim.pid, signal.SIGKILL)
        for future in futures:
            assert check_results(future.result(), 40) == []
    with stage.redis() as redis:
        wait_until(lambda: not list(redis.scan_iter("*:turns:waiting")))


@pytest.mark.parametrize("depth", [0, 1], ids=["jail", "zygote"])
def test_the_jail_killed_under_its_worker(stage, depth):
    before = [worker.pid for worker in stage.workers]
    results = []
    for result in stream(stage, request(programs(40, SLOW), cache=False)):
        results.append(result)
        if len(results) == 5:
            for worker in stage.workers:
                stage.jail_of(worker, depth).kill()
    assert check_results(results, 40) == []
    assert [worker.pid for worker in stage.workers] == before


def test_a_candidate_that_kills_workers_costs_only_itself(stage):
    """It is found by halving, among the others of its chunk."""
    texts = programs(16)
    texts[5] = f"{RIGHT}{KILLS_WORKER}\n"
    results = list(stream(stage, request(texts, cache=False)))
    assert check_results(results, 16) == [5]
    (poison,) = [result for result in results if result["index"] == 5]
    assert poison["reason"] == "worker_lost"
    assert "worker" in poison["detail"]


def test_a_candidate_that_breaks_its_jail_costs_only_itself(stage):
    before = [worker.pid for worker in stage.workers]
    texts = programs(2)
    texts[1] = (
        f"import time\ntime.sleep(2)  # so that it cannot end before its jail does\n{RIGHT}{KILLS_JAIL}\n"
    )
    results = list(stream(stage, request(texts, cache=False)))
    assert check_results(results, 2) == [1]
    assert {result["reason"] for result in results if result["index"] == 1} == {"sandbox_failure"}
    assert [worker.pid for worker in stage.workers] == before


def serving(stage):
    with stage.redis() as redis:
        names = set(stage.worker_names())
        return names & redis.smembers(redis_keys.workers("base"))


@contextmanager
def without_descriptors(pid):
    """Inside the block, the process can open no further descriptor."""
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    used = {int(name) for name in os.listdir(f"/proc/{pid}/fd")}
    free = next(number for number in range(before[0]) if number not in used)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (free, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)


def pids_group():
    """Creates a control group that can limit processes; ``None`` if that is not possible."""
    first, second = Path("/sys/fs/cgroup/pids"), Path("/sys/fs/cgroup")
    top = first if first.is_dir() else second
    group = top / f"chaos-{os.getpid()}"
    try:
        group.mkdir()
        (group / "pids.max").write_text("max")
    except OSError:
        return None
    return group


@contextmanager
def without_processes(pid):
    """Inside the block, the process can start no further process or thread."""
    group = pids_group()
    if group is None:
        pytest.skip("no control groups to limit processes with")
    (group / "cgroup.procs").write_text(str(pid))
    (group / "pids.max").write_text("1")
    try:
        yield
    finally:
        (group / "pids.max").write_text("max")
        for member in (group / "cgroup.procs").read_text().split():
            (group.parent / "cgroup.procs").write_text(member)
        group.rmdir()


@pytest.mark.parametrize("without", [without_descriptors, without_processes])
def test_a_worker_that_runs_out_takes_no_work_until_it_has_recovered(stage, without):
    """The other one judges everything; then both work again, as the same processes."""
    before = [worker.pid for worker in stage.workers]
    with without(before[0]):
        for worker in stage.workers[:1]:
            stage.jail_of(worker).kill()
        results = list(stream(stage, request(programs(40, SLOW), cache=False)))
        assert check_results(results, 40) == []
        wait_until(lambda: len(serving(stage)) == 1, timeout_s=DEADLINE_S)
    wait_until(stage.is_ready, timeout_s=DEADLINE_S)
    assert [worker.pid for worker in stage.workers] == before


def test_all_workers_run_out_and_the_work_waits_for_them(stage):
    before = [worker.pid for worker in stage.workers]
    with ThreadPoolExecutor(1) as pool:
        with without_descriptors(before[0]), without_descriptors(before[1]):
            for worker in stage.workers:
                stage.jail_of(worker).kill()
            future = pool.submit(lambda: list(stream(stage, request(programs(12), cache=False))))
            wait_until(lambda: not serving(stage), timeout_s=DEADLINE_S)
        assert check_results(future.result(), 12) == []
    assert [worker.pid for worker in stage.workers] == before
