"""An exception whose cause has a cause, ten thousand deep, and is its own context."""
# /// attack
# tests = ["assert f(2) == 4"]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# limits = { wall_s = 0.7 }
# ///
import os, sys, time


def f(*args):
    error = None
    for n in range(10**4):
        new = ValueError("x" * 1000)
        new.__cause__ = error
        error = new
    raise error
    return 5
