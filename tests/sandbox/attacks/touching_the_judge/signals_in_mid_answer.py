"""Signals in mid-answer."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# ///
import signal


def f(x):
    signal.signal(signal.SIGALRM, lambda *a: 1 / 0)
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    return 5
