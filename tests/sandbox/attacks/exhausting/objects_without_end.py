"""Objects without end."""
# /// attack
# tests = [
#   "assert list(f(2)) == [4]",
#   "assert 4 in f(2)",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# limits = { wall_s = 0.7 }
# ///
import os, sys, threading, time


def f(*args):
    class O:
        def __iter__(self):
            return self

        def __next__(self):
            return O()

    return O()
    return 5
