"""Workers are killed or frozen, or their host is cut off, while they judge."""

import os
import signal
import time

from services.executor.settings import WORKER_LOST_S
from tests.conftest import wait_until
from tests.hosts.load import BATCH, Load

AWAY_S = WORKER_LOST_S + 3
"""Long enough that other workers judge what the ones that are away had begun."""


def test_a_worker_of_each_host_is_killed(stage, report):
    with Load(stage) as load:
        for host in ("left", "right"):
            victim = wait_until(lambda host=host: stage.busy_worker(host))
            os.kill(stage.workers[victim].pid, signal.SIGKILL)
            stage.remove_worker(victim)
            load.wait_for(2 * BATCH)
        for host in ("left", "right"):
            stage.start_worker(host)
        load.wait_for(2 * BATCH)
    report(load.check())


def test_a_worker_is_frozen(stage, report):
    """It goes on with its chunk when others have judged it: no candidate gets two results."""
    with Load(stage) as load:
        worker = stage.workers[wait_until(lambda: stage.busy_worker("right"))]
        worker.send_signal(signal.SIGSTOP)
        time.sleep(AWAY_S)
        worker.send_signal(signal.SIGCONT)
        load.wait_for(2 * BATCH)
    report(load.check())


def test_a_host_of_workers_is_cut_off(stage, report):
    """Its workers judge on, and their results reach Redis when the cable is back."""
    before = {name: worker.pid for name, worker in stage.workers.items()}
    with Load(stage) as load:
        wait_until(lambda: stage.busy_worker("right"))
        stage.network.cut_off(stage.hosts["right"])
        time.sleep(AWAY_S)
        stage.network.rejoin(stage.hosts["right"])
        load.wait_for(2 * BATCH)
    report(load.check())
    stage.await_ready()
    assert {name: worker.pid for name, worker in stage.workers.items()} == before


def test_workers_of_two_hosts_have_slots_and_cores_of_their_own(stage):
    """A host's lock files and leases are its own, so two hosts use the same slots; no two workers of a host do."""
    with stage.redis() as redis:
        slot_of = {redis.get(key): key for key in redis.keys("executor:slot:*")}
    assert {name.partition("-")[0] for name in stage.workers} == {"left", "right"}
    assert len({slot_of[name] for name in stage.workers}) == len(stage.workers)
    machines = {host: {slot_of[n].split(":")[2] for n in stage.on_host(host)} for host in ("left", "right")}
    assert len(machines["left"]) == len(machines["right"]) == 1
    assert machines["left"] != machines["right"]
