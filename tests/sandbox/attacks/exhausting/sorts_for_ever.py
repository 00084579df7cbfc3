"""A sort in C with a comparison that never ends."""
# /// attack
# tests = ["assert f(2) == 4"]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# limits = { wall_s = 0.7 }
# ///
import os, sys, time


def f(*args):
    class K:
        def __lt__(self, other):
            while True:
                pass

    return sorted([K(), K()])
    return 5
