"""A jail leaves nothing on the host, and one that dies costs no verdict.

What a program might leave for the next one is tested by ``attacks/leaving_something_behind``.
"""

import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from clients.contract import Limits, Outcome, Suite
from services.executor.sandbox import Rules
from services.executor.sandbox.backends.owners import owner_label
from services.executor.sandbox.environment import BackendName, EnvironmentSpec
from services.executor.sandbox.factory import open_sandbox
from tests.conftest import FIRST_SLOT, wait_until
from tests.sandbox.judging import SMALL, is_still_fair

# The jail itself dies


def _main_pid(sandbox):
    return sandbox.jail()._process._popen.pid


def _below(pid):
    """Return every descendant of a process, nearest first."""
    pids = [pid]
    for parent in pids:
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            with suppress(FileNotFoundError, ProcessLookupError):  # the process ended meanwhile
                pids += map(int, children.read_text().split())
    return pids[1:]


def _kill_one(main, depth):
    """Kill the process ``depth`` levels below ``main``; return false if it ended by itself just then."""
    victims = [main, *_below(main)]
    try:
        os.kill(victims[min(depth, len(victims) - 1)], signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def _gone(pids):
    return not [pid for pid in pids if Path(f"/proc/{pid}").exists()]


SLOW = "import time\ndef f(n):\n    time.sleep(0.05)\n    return n\n"
SLOW_SUITE = Suite(id="s", asserts=["assert f(1) == 1", "assert f(2) == 2", "assert f(3) == 4"])
SLOW_DUE = [Outcome.PASSED, Outcome.PASSED, Outcome.WRONG_ANSWER]


@pytest.mark.parametrize(
    "depth", [0, 1, 2, 3], ids=["nsjail", "zygote", "session supervisor", "checker or candidate"]
)
def test_every_program_is_judged_although_a_process_is_killed_meanwhile(own_jail, depth):
    judged = {}
    for judgement in own_jail.judge(SLOW_SUITE, [SLOW] * 8, Rules(Limits(**SMALL))):
        judged[judgement.index] = judgement
        if len(judged) == 2:
            wait_until(lambda: _kill_one(_main_pid(own_jail), depth))
    assert sorted(judged) == list(range(8))
    assert [[test.outcome for test in judged[n].tests] for n in range(8)] == [SLOW_DUE] * 8, judged
    is_still_fair(own_jail)


def test_a_jail_that_always_dies_is_a_fault_without_a_verdict(own_jail):
    def kill_again():
        os.kill(_main_pid(own_jail), signal.SIGKILL)
        return False

    judged = list(own_jail.judge(SLOW_SUITE, [SLOW] * 3, Rules(Limits(**SMALL)), cancelled=kill_again))
    assert sorted(judgement.index for judgement in judged) == [0, 1, 2]
    for judgement in judged:
        assert judgement.tests == []
        assert judgement.fault
    is_still_fair(own_jail)


def test_a_jail_killed_between_two_calls_is_started_again(own_jail):
    is_still_fair(own_jail)
    first = _main_pid(own_jail)
    os.kill(first, signal.SIGKILL)
    is_still_fair(own_jail)
    assert _main_pid(own_jail) != first


# The host


def _traces(slot):
    """Return the control groups, stage folders and mounts of a jail on the host."""
    mine = f"acecoder-{owner_label()}-{slot}-"
    groups = [
        path
        for top in ("/sys/fs/cgroup", "/sys/fs/cgroup/memory", "/sys/fs/cgroup/pids")
        for path in Path(top).glob(f"{mine}*")
    ]
    stages = [
        path
        for folder in ("/run", "/var/tmp", "/tmp")
        for path in Path(folder).glob(f"acecoder-stage-{owner_label()}-{slot}-*")
    ]
    mounts = [line for line in Path("/proc/mounts").read_text().splitlines() if f"-{slot}-base" in line]
    return groups + stages + mounts


@pytest.mark.skipif(os.geteuid() != 0, reason="only root stages mounts and makes groups")
def test_nothing_is_left_after_closing():
    slot = FIRST_SLOT + 10
    sandbox = open_sandbox(BackendName.NSJAIL, EnvironmentSpec("base"), slot=slot)
    try:
        is_still_fair(sandbox)
        assert _traces(slot)
        hanging = sandbox.judge(
            SLOW_SUITE,
            [SLOW, "import time\nif not __import__('os').fork(): time.sleep(1000)\n" + SLOW],
            Rules(Limits(**SMALL)),
        )
        next(hanging)
        main = _main_pid(sandbox)
        pids = [main, *_below(main)]
        assert len(pids) >= 4
        hanging.close()
    finally:
        sandbox.close()
    wait_until(lambda: _gone(pids))
    assert _traces(slot) == []
    sandbox.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root stages mounts and makes groups")
def test_nothing_is_left_of_a_jail_that_was_killed():
    slot = FIRST_SLOT + 11
    sandbox = open_sandbox(BackendName.NSJAIL, EnvironmentSpec("base"), slot=slot)
    try:
        sandbox.start()
        main = _main_pid(sandbox)
        pids = [main, *_below(main)]
        os.kill(main, signal.SIGKILL)
        wait_until(lambda: _gone(pids[1:]))
    finally:
        sandbox.close()
    assert _traces(slot) == []


# What a test leaves in the checker, which the programs of a suite share

RAISES = "def f(n):\n    raise ValueError"
RIGHT = "def f(n):\n    return n"
UNDONE_AT_THE_END = [
    "import sys\nold = sys.getrecursionlimit()\nsys.setrecursionlimit(70)\nr = f(1)\nsys.setrecursionlimit(old)\nassert r == 1",
    "import os\nassert 'MODE' not in os.environ\nos.environ['MODE'] = 'x'\nr = f(1)\ndel os.environ['MODE']\nassert r == 1",
    "import json\nfrom unittest import mock\npatch = mock.patch('json.dumps', return_value='x')\npatch.start()\nr = f(1)\npatch.stop()\nassert r == 1",
    "import decimal\nassert decimal.getcontext().prec == 28\ndecimal.getcontext().prec = 3\nr = f(1)\ndecimal.getcontext().prec = 28\nassert r == 1",
    "import warnings\nwarnings.warn('old')\nwarnings.simplefilter('error')\nr = f(1)\nwarnings.simplefilter('default')\nassert r == 1",
    "from os import chdir, getcwd\nold = getcwd()\nassert old != '/usr'\nchdir('/usr')\nr = f(1)\nchdir(old)\nassert r == 1",
    "import signal\nold = signal.getsignal(signal.SIGALRM)\nassert old == signal.SIG_DFL\nsignal.signal(signal.SIGALRM, lambda *_: 1 / 0)\nsignal.alarm(100)\nr = f(1)\nassert signal.alarm(0)\nsignal.signal(signal.SIGALRM, old)\nassert r == 1",
]


@pytest.mark.parametrize("test", UNDONE_AT_THE_END)
def test_what_a_failed_test_did_not_undo_fails_no_program_behind_it(jail, test):
    deep = "def depth(n):\n    return n and 1 + depth(n - 1)\nassert depth(200) + f(0) == 200"
    text = "import json\nassert json.dumps(f(0)) == '0'"
    suite = Suite(id="s", asserts=[test, deep, text])
    judged = {j.index: j for j in jail.judge(suite, [RAISES, RIGHT, RAISES, RIGHT], Rules(Limits(**SMALL)))}
    for index in (1, 3):
        assert [result.outcome for result in judged[index].tests] == [Outcome.PASSED] * 3


def test_what_a_failed_test_did_not_undo_makes_no_setup_at_fault(jail):
    setup = "def depth(n):\n    return n and 1 + depth(n - 1)\ndepth(200)"
    suite = Suite(id="s", setup=setup, asserts=[UNDONE_AT_THE_END[0], "assert f(2) == 2"])
    (judged,) = jail.judge(
        suite, [RAISES.replace("    ", "    if n == 2: return 2\n    ")], Rules(Limits(**SMALL))
    )
    assert [result.outcome for result in judged.tests] == [Outcome.RUNTIME_ERROR, Outcome.PASSED]
