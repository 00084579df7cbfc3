"""Kills everything it can."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error", "memory_limit"]
# ///
import os


def f(x):
    os.kill(-1, 9)
    os.kill(0, 9)
    return 5
