"""A timer's signal ends the process in mid-answer, with no handler."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
import signal, time


def f(x):
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    time.sleep(5)
    return 5
