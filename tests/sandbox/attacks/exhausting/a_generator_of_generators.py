"""A generator of generators."""
# /// attack
# tests = [
#   "for x in f(2):\n    for y in x:\n        assert y is not None",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# limits = { wall_s = 0.7 }
# ///
import os, sys, threading, time


def f(*args):
    g = lambda: (g() for _ in iter(int, 1))
    return g()
    return 5
