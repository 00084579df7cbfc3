"""System calls by which the sandbox confines its own processes are refused, as on a machine that is short of memory.

That is no fault of the program: it is judged in another session, or has no verdict. A program cannot pass itself off
as one that was not confined.
"""

import os
import resource

import pytest

from clients.contract import Limits, State, Suite
from services.executor.sandbox import Rules
from services.executor.sandbox.environment import BackendName, EnvironmentSpec
from services.executor.sandbox.factory import open_sandbox
from tests.conftest import FIRST_SLOT
from tests.sandbox.judging import SMALL, is_still_fair, outcomes
from tests.sandbox.processes import candidates, session_supervisors, zygote

LARGE_BYTES = 64 * 2**30
"""An address space that a program may have by its limits, and that the tests do not let the sandbox grant."""
SUITE = Suite(id="s", asserts=["assert f(1) == 2", "assert f(5) == 7"])
PROGRAM = "import time\ndef f(x):\n    time.sleep(0.3)\n    return x + 1\n"
"""Right for the first test, wrong for the second."""
NOT_CONFINED = "or confine one"


@pytest.fixture(params=[True, False], ids=["compiled", "python"])
def own_jail(request):
    """A jail for one test, which forks its programs by compiled code or by Python."""
    spec = EnvironmentSpec("base", compiled_forks=request.param)
    sandbox = open_sandbox(BackendName.NSJAIL, spec, slot=FIRST_SLOT + 14)
    try:
        sandbox.start()
        yield sandbox
    finally:
        sandbox.close()


def limit_memory(pid, most_bytes):
    """Lower the limit of address space that a process may set for itself: ``setrlimit`` above it is refused."""
    resource.prlimit(pid, resource.RLIMIT_AS, (most_bytes, most_bytes))


def address_space(pid):
    with open(f"/proc/{pid}/statm") as pages:
        return int(pages.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")


def judge(sandbox, on_look=lambda: None, state=State.SHARED):
    def look():
        on_look()
        return False

    rules = Rules(Limits(**{**SMALL, "memory_bytes": LARGE_BYTES}), state)
    (judgement,) = sandbox.judge(SUITE, [PROGRAM], rules, cancelled=look)
    return judgement


def test_a_program_that_can_never_be_confined_has_no_verdict(own_jail):
    limit_memory(zygote(own_jail), LARGE_BYTES)
    judgement = judge(own_jail)
    assert judgement.tests == []
    assert NOT_CONFINED in judgement.fault
    is_still_fair(own_jail)


def test_a_program_that_could_not_be_confined_once_is_judged_in_another_session(own_jail):
    """Each test has a fresh load; the second one of the first session is refused."""
    limited = []

    def limit_first_session():
        for pid in session_supervisors(own_jail):
            if not limited and candidates(own_jail):
                limit_memory(pid, LARGE_BYTES)
                limited.append(pid)

    judgement = judge(own_jail, limit_first_session, State.FRESH)
    assert limited
    assert not judgement.fault
    assert [test.outcome.value for test in judgement.tests] == ["passed", "wrong_answer"]
    assert limited[0] not in session_supervisors(own_jail), "its session ended"
    is_still_fair(own_jail)


def test_a_checker_that_can_never_be_confined_leaves_no_verdict(own_jail):
    pid = zygote(own_jail)
    limit_memory(pid, address_space(pid) + 2**30)
    judgement = judge(own_jail)
    assert judgement.tests == []
    assert NOT_CONFINED in judgement.fault


PRETENDING = """
import os
for number in range(3, 128):
    for data in (b"\\x01\\0\\0\\0\\0\\0\\0\\0", b"x"):
        try:
            os.write(number, data)
        except OSError:
            pass
os._exit(STATUS)
"""


@pytest.mark.parametrize("status", [1, 2, 3, 107, 255])
def test_a_program_that_ends_as_one_that_was_not_confined_fails(own_jail, status):
    program = PRETENDING.replace("STATUS", str(status))
    assert outcomes(own_jail, program, "assert f(1) == 2") == ["runtime_error"]
    inside = "def f(x):\n" + "".join(f"    {line}\n" for line in program.splitlines())
    assert outcomes(own_jail, inside, "assert f(1) == 2") == ["runtime_error"]
    is_still_fair(own_jail)
