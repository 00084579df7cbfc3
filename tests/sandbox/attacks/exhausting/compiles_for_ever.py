"""Compiles and evaluates ever longer sources."""
# /// attack
# tests = ["assert f(2) == 4"]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# limits = { wall_s = 0.7 }
# ///
import os, sys, time


def f(*args):
    source = "1"
    while True:
        source = f"({source} + {source})"
        eval(source)
    return 5
