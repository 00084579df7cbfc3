"""Stops and continues itself so that time seems not to pass."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# ///
import os, signal, time


def f(x):
    if os.fork() == 0:
        for _ in range(100):
            try:
                os.kill(1, signal.SIGSTOP)
            except OSError:
                pass
            time.sleep(0.001)
            try:
                os.kill(1, signal.SIGCONT)
            except OSError:
                pass
        os._exit(0)
    return 5
