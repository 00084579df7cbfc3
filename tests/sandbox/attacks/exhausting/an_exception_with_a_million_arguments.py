"""An exception whose arguments and attributes are a million objects."""
# /// attack
# tests = ["assert f(2) == 4"]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# limits = { wall_s = 0.7 }
# ///
import os, sys, time


def f(*args):
    error = ValueError(*range(10**5))
    error.__dict__.update((f"a{n}", object()) for n in range(10**4))
    raise error
    return 5
