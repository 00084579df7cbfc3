"""Sends its parent, and PID 1, the signal that cannot be ignored."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error", "memory_limit"]
# ///
import os


def f(x):
    for pid in (os.getppid(), 1):
        try:
            os.kill(pid, 9)
        except OSError:
            pass
    return 5
