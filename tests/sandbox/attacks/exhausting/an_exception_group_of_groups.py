"""Groups within groups of exceptions."""
# /// attack
# tests = ["assert f(2) == 4"]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# limits = { wall_s = 0.7 }
# ///
import os, sys, time


def f(*args):
    error = ValueError(1)
    for _ in range(500):
        error = ExceptionGroup("g", [error, error])
    raise error
    return 5
