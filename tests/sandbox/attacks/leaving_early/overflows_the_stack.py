"""Runs out of the C stack."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit"]
# limits = { cpu_s = 1.0 }
# ///
import sys

sys.setrecursionlimit(10**9)


class R:
    def __repr__(self):
        return repr([self])


def f(x):
    return repr(R())
