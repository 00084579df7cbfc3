"""A match that never ends, in C code that handles no signals."""
# /// attack
# tests = ["assert f(2) == 4"]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# limits = { wall_s = 0.7 }
# ///
import os, sys, time


def f(*args):
    import re

    return bool(re.match("(x+x+)+y", "x" * 60))
    return 5
