"""Leaves a child behind to answer."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# ///
import os


def f(x):
    if os.fork():
        os._exit(0)
    return 5
