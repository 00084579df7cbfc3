"""A range without end."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "assert list(f(2)) == [4]",
#   "assert len(f(2)) == 4",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# limits = { wall_s = 0.7 }
# ///
import os, sys, threading, time


def f(*args):
    return range(10**30)
    return 5
