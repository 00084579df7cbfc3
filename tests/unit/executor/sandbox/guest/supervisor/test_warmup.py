"""The sample program of the warm-up does what programs do: a sample that failed would warm up nothing, unnoticed."""

import subprocess
import sys

import pytest

from services.executor.sandbox.guest.supervisor import warmup

*_PASS, _FAILS = warmup._TESTS


@pytest.mark.parametrize("test", _PASS)
def test_the_sample_program_passes_its_tests(test):
    namespace = {}
    exec(warmup._PROGRAM, namespace)
    exec(test, namespace)


def test_the_last_test_shows_a_failure():
    namespace = {}
    exec(warmup._PROGRAM, namespace)
    with pytest.raises(AssertionError):
        exec(_FAILS, namespace)


def test_a_warm_up_leaves_no_thread_no_stack_size_and_no_program_behind():
    check = (
        "import sys, threading; from services.executor.sandbox.guest.supervisor import warmup; warmup.run();"
        "print(threading.active_count(), threading.stack_size(), 'program' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", check], capture_output=True, text=True, check=True
    )
    assert done.stdout == "1 0 False\n"
    assert done.stderr == ""
