"""An int whose conversion to text takes very long."""
# /// attack
# tests = ["assert f(2) == 4"]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# limits = { wall_s = 0.7 }
# ///
import os, sys, time


def f(*args):
    sys.set_int_max_str_digits(0)
    return str(7 ** (1 << 24))
    return 5
