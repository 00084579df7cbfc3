"""Sends itself every signal that ends a process."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error", "memory_limit"]
# ///
import os, signal


def f(x):
    for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT):
        os.kill(os.getpid(), number)
    return 5
