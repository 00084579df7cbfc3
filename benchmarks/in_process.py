"""Runs one program and its tests in one process without protection; both baselines run this code.

Imports the standard library only, as it also runs as ``python -I -S -c <this file>`` with the job on stdin. The verdict
is a text of one ``0`` or ``1`` per test. A program can forge it: the baselines measure speed, not safety.
"""

import json
import os
import sys
from collections.abc import Callable

PROGRAM_NAME = "program"  # not "__main__": code under a main guard must not run


def judge(program: str, setup: str, tests: list[str], write: Callable[[bytes], object]) -> None:
    """Load ``program``, run each test against it, and write ``0`` or ``1`` for each as it ends."""
    scope: dict[str, object] = {"__name__": PROGRAM_NAME}
    try:
        exec(compile(program, "<program>", "exec"), scope)
        loaded = True
    except BaseException:
        loaded = False
    for test in tests:
        write(b"1" if loaded and _passes(setup, test, dict(scope)) else b"0")


def _passes(setup: str, test: str, scope: dict[str, object]) -> bool:
    try:
        if setup:
            exec(compile(setup, "<setup>", "exec"), scope)
        exec(compile(test, "<test>", "exec"), scope)
    except BaseException:
        return False
    return True


def main() -> None:
    """Judge the job on stdin."""
    program, setup, tests = json.load(sys.stdin)
    verdict_fd = os.dup(1)
    null_fd = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null_fd, fd)
    judge(program, setup, tests, lambda bit: os.write(verdict_fd, bit))


if __name__ == "__main__":
    main()
