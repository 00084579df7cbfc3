"""A process that waits for a core is told from one that sleeps."""

import os
import signal
import subprocess
import sys

import pytest

from services.executor.sandbox.guest.checker.cpu_wait import RunQueueWait
from tests.conftest import wait_until

pytestmark = pytest.mark.skipif(
    not os.path.exists("/proc/self/schedstat"), reason="the kernel keeps no account"
)


@pytest.fixture
def started():
    processes = []

    def start(code):
        core = min(os.sched_getaffinity(0))
        pinned = f"import os, threading, time\nos.sched_setaffinity(0, [{core}])\nprint(flush=True)\n{code}"
        process = subprocess.Popen(
            [sys.executable, "-c", pinned], stdout=subprocess.PIPE, start_new_session=True
        )
        processes.append(process)
        process.stdout.readline()
        return process.pid

    yield start
    for process in processes:
        os.killpg(process.pid, signal.SIGKILL)  # with all processes it forked
        process.wait()
        process.stdout.close()


def test_of_two_processes_that_compute_on_one_core_one_waits(started):
    one, _other = started("while True: pass"), started("while True: pass")
    wait = RunQueueWait(one)
    wait_until(wait.waited_s)


def test_a_thread_that_waits_counts_as_its_process(started):
    code = "threading.Thread(target=exec, args=('while True: pass',)).start()\ntime.sleep(99)"
    wait = RunQueueWait(started(code))
    started("while True: pass")
    wait_until(wait.waited_s)


def test_a_process_that_sleeps_waits_for_no_core(started, monkeypatch):
    monkeypatch.setattr(RunQueueWait, "_own_total_s", lambda _: 0.0)
    pid = started("time.sleep(99)")
    wait_until(lambda: asleep(pid))
    wait = RunQueueWait(pid)
    wait.waited_s()
    assert wait.waited_s() == 0.0


def test_the_waiting_of_the_caller_counts_too(started):
    """It may be why a process has nothing to do."""
    pid = started("time.sleep(99)")
    wait_until(lambda: asleep(pid))
    wait = RunQueueWait(pid)
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, [min(cores)])
    try:
        started("while True: pass")
        wait_until(lambda: wait.waited_s() > 0.0)
    finally:
        os.sched_setaffinity(0, cores)


def asleep(pid):
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0] == "S"


def test_the_wait_of_a_process_that_is_gone_is_unknown():
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert RunQueueWait(process.pid).waited_s() is None


def test_a_process_that_waits_for_its_children_counts_as_not_waiting(started):
    code = "for _ in range(2): os.fork() or time.sleep(9999)\nwhile True: pass"
    pid = started(code)
    wait_until(lambda: len(children(pid)) == 2)
    assert RunQueueWait(pid).waited_s() == 0.0


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return file.read().split()


def test_a_process_as_confined_as_a_checker_opens_proc_itself_and_once():
    code = (
        "import os\n"
        "from services.executor.sandbox.guest.checker import cpu_wait\n"
        "from services.executor.sandbox.guest.supervisor import confine\n"
        "grants = confine.probe(dict(namespaces=False, seccomp=False, host_view=None))\n"
        "limits = confine.ProcessLimits(uid=0, memory_bytes=2**30, processes=16, cpu_s=9)\n"
        "confinement = confine.Confinement(grants, limits)\n"
        "confinement.set_shared_limits()\n"
        "assert None not in [cpu_wait.RunQueueWait(os.getppid()).waited_s() for _ in range(9)]\n"
        "assert os.listdir('/proc/self/fd').count(str(cpu_wait.PROC)) == 1\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_where_proc_cannot_be_kept_nothing_stays_open():
    code = (
        "import os, resource\n"
        "from services.executor.sandbox.guest.checker.cpu_wait import RunQueueWait\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))\n"
        "before = os.listdir('/proc/self/fd')\n"
        "assert [RunQueueWait(os.getpid()).waited_s() for _ in range(9)] == [None] * 9\n"
        "assert os.listdir('/proc/self/fd') == before\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
