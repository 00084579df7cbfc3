"""A file of a petabyte that holds nothing."""
# /// attack
# tests = ["assert f(2) == 4"]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# limits = { wall_s = 0.7 }
# ///
import os, sys, time


def f(*args):
    with open("/tmp/sparse", "wb") as file:
        file.seek(1 << 50)
        file.write(b"x")
    return 5
