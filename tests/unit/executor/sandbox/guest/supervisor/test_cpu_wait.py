"""A process that waits for a core is told from one that sleeps."""

import fcntl
import os
import signal
import subprocess
import sys

import pytest

from services.executor.sandbox.guest.supervisor.cpu_wait import RunQueueWait, open_proc
from tests.conftest import wait_until

pytestmark = pytest.mark.skipif(
    not os.path.exists("/proc/self/schedstat"), reason="the kernel keeps no account"
)


@pytest.fixture
def number():
    """Return a descriptor's number that nothing else in this process uses: a fixed one may be a socket of a client."""
    reserved = fcntl.fcntl(0, fcntl.F_DUPFD_CLOEXEC, 3)
    yield reserved
    os.close(reserved)


@pytest.fixture
def proc(number):
    assert open_proc(number) == number
    return number


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


def test_of_two_processes_that_compute_on_one_core_one_waits(started, proc):
    one, _other = started("while True: pass"), started("while True: pass")
    wait = RunQueueWait(proc)
    wait_until(lambda: wait.waited_s(one, os.getpid()))


def test_a_thread_that_waits_counts_as_its_process(started, proc):
    code = "threading.Thread(target=exec, args=('while True: pass',)).start()\ntime.sleep(99)"
    pid = started(code)
    wait = RunQueueWait(proc)
    started("while True: pass")
    wait_until(lambda: wait.waited_s(pid, os.getpid()))


def test_a_process_that_sleeps_waits_for_no_core(started, proc):
    pid, checker_pid = started("time.sleep(99)"), started("time.sleep(99)")
    wait_until(lambda: asleep(pid) and asleep(checker_pid))
    wait = RunQueueWait(proc)
    wait.waited_s(pid, checker_pid)
    assert wait.waited_s(pid, checker_pid) == 0.0


def test_the_waiting_of_the_checker_counts_too(started, proc):
    """It may be why a process has nothing to do."""
    pid = started("time.sleep(99)")
    wait_until(lambda: asleep(pid))
    checker_pid = started("while True: pass")
    wait = RunQueueWait(proc)
    wait.waited_s(pid, checker_pid)
    started("while True: pass")
    wait_until(lambda: wait.waited_s(pid, checker_pid) > 0.0)


def test_what_the_checker_waited_before_is_not_the_next_process_s(started, proc):
    checker_pid, _other = started("while True: pass"), started("while True: pass")
    wait_until(lambda: waited(checker_pid) > 0.05)
    before = waited(checker_pid)
    os.kill(checker_pid, signal.SIGSTOP)
    pid = started("time.sleep(99)")
    wait_until(lambda: asleep(pid))
    assert RunQueueWait(proc).waited_s(pid, checker_pid) < before


def asleep(pid):
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0] == "S"


def waited(pid):
    with open(f"/proc/{pid}/schedstat") as file:
        return int(file.read().split()[1]) / 1e9


def test_the_wait_of_a_process_that_is_gone_is_unknown(proc):
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert RunQueueWait(proc).waited_s(process.pid, os.getpid()) is None


def test_without_proc_every_wait_is_unknown():
    assert RunQueueWait(-1).waited_s(os.getpid(), os.getppid()) is None


def test_a_process_that_waits_for_its_children_counts_as_not_waiting(started, proc):
    code = "for _ in range(2): os.fork() or time.sleep(9999)\nwhile True: pass"
    pid = started(code)
    wait_until(lambda: len(children(pid)) == 2)
    assert RunQueueWait(proc).waited_s(pid, os.getpid()) == 0.0


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return file.read().split()


def test_no_second_descriptor_stays_open():
    code = (
        "import os\n"
        "from services.executor.sandbox.guest.supervisor.cpu_wait import open_proc\n"
        "before = os.listdir('/proc/self/fd')\n"
        "os.close(open_proc(120))\n"
        "assert os.listdir('/proc/self/fd') == before"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
