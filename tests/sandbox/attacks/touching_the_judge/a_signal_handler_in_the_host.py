"""A signal handler that raises inside the program host's own code."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit"]
# ///
import os, signal


def raising(*_):
    raise SystemExit(0)


for number in (signal.SIGUSR1, signal.SIGALRM, signal.SIGCHLD, signal.SIGIO):
    signal.signal(number, raising)
signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)


def f(x):
    os.kill(os.getpid(), signal.SIGUSR1)
    return 5
